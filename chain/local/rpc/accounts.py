"""Methods that read accounts, each at the commitment asked for."""

import base64
from typing import Any

import based58
from solders.account import Account

from chain.local.rpc.cluster import in_context
from chain.local.rpc.errors import RpcError, invalid
from chain.local.rpc.params import Params, address

Json = Any
MOST_ACCOUNTS = 100
MOST_BASE58_BYTES = 128
INVALID_REQUEST = -32600
#: The rent epoch that says "exempt", which every account here is.
EXEMPT = 2**64 - 1


def account_json(account: Account | None, options: dict[str, Json]) -> Json:
    """An account in the encoding and slice asked for; None stays null."""
    if account is None:
        return None
    return {
        "data": _data(account.data, options),
        "executable": account.executable,
        "lamports": account.lamports,
        "owner": str(account.owner),
        "rentEpoch": EXEMPT,
        "space": len(account.data),
    }


def _data(data: bytes, options: dict[str, Json]) -> Json:
    part = options.get("dataSlice")
    if part:
        data = data[part["offset"] : part["offset"] + part["length"]]
    encoding = options.get("encoding") or "base58"
    # No parser knows our program: jsonParsed falls back to base64, as it does for strangers.
    if encoding in ("base64", "jsonParsed"):
        return [base64.b64encode(data).decode(), "base64"]
    if encoding not in ("base58", "binary"):
        raise invalid(f"encoding {encoding} is not served here")
    if len(data) > MOST_BASE58_BYTES:
        message = "Encoded binary (base 58) data should be less than 128 bytes, please use Base64 encoding."
        raise RpcError(INVALID_REQUEST, message)
    text = based58.b58encode(data).decode()
    return text if encoding == "binary" or "encoding" not in options else [text, "base58"]


def get_account_info(p: Params) -> Json:
    """One account."""
    options = p.options(1)
    commitment = p.commitment(options)
    account = p.chain.account(p.address(0), commitment)
    return in_context(p, commitment, account_json(account, options))


def get_balance(p: Params) -> Json:
    """One account's lamports."""
    commitment = p.commitment(p.options(1))
    account = p.chain.account(p.address(0), commitment)
    return in_context(p, commitment, account.lamports if account else 0)


def get_multiple_accounts(p: Params) -> Json:
    """Up to 100 accounts of one moment."""
    names, options = p.at(0, list, "addresses"), p.options(1)
    if len(names) > MOST_ACCOUNTS:
        raise invalid(f"Too many inputs provided; max {MOST_ACCOUNTS}")
    commitment = p.commitment(options)
    accounts = [p.chain.account(address(name), commitment) for name in names]
    return in_context(p, commitment, [account_json(account, options) for account in accounts])


def get_program_accounts(p: Params) -> Json:
    """A program's accounts that pass every filter."""
    program, options = p.address(0), p.options(1)
    filters = [_filter(one) for one in options.get("filters") or []]
    commitment = p.commitment(options)
    found = [
        {"pubkey": str(key), "account": account_json(account, options)}
        for key, account in p.chain.program_accounts(program, commitment).items()
        if all(_passes(account.data, one) for one in filters)
    ]
    return in_context(p, commitment, found) if options.get("withContext") else found


#: A size, or an offset and the bytes that must stand there.
Filter = int | tuple[int, bytes]


def _filter(spelled: Json) -> Filter:
    match spelled:
        case {"dataSize": int(size)}:
            return size
        case {"memcmp": {"offset": int(offset), "bytes": bytes_, **rest}}:
            return offset, _bytes(bytes_, str(rest.get("encoding") or "base58"))
    raise invalid(f"unknown filter {spelled}")


def _bytes(spelled: Json, encoding: str) -> bytes:
    try:
        if isinstance(spelled, list):
            return bytes(spelled)
        decode = base64.b64decode if encoding == "base64" else based58.b58decode
        return decode(spelled.encode())
    except (ValueError, AttributeError, TypeError):
        raise invalid("memcmp bytes cannot be decoded") from None


def _passes(data: bytes, wanted: Filter) -> bool:
    if isinstance(wanted, int):
        return len(data) == wanted
    offset, part = wanted
    return data[offset : offset + len(part)] == part


METHODS = {
    "getAccountInfo": get_account_info,
    "getBalance": get_balance,
    "getMultipleAccounts": get_multiple_accounts,
    "getProgramAccounts": get_program_accounts,
}
