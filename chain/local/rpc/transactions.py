"""Methods that send, simulate and look transactions up."""

import base64

import structlog
from solders.message import from_bytes_versioned
from solders.transaction import VersionedTransaction

from chain.local.faucet import airdrop
from chain.local.history import Status
from chain.local.landed import ENCODINGS, Landed, TooNewVersion, transaction_json
from chain.local.rpc import errors
from chain.local.rpc.accounts import account_json
from chain.local.rpc.cluster import at_slot, in_context
from chain.local.rpc.params import Params, address, signature, wire
from chain.local.vm import Json, Refused, inner_instructions, return_data

log = structlog.get_logger()
MOST_STATUSES = 256
LAMPORTS_PER_SIGNATURE = 5000
#: Solana's words for what preflight refuses most.
WORDS = {
    "BlockhashNotFound": "Blockhash not found",
    "AlreadyProcessed": "This transaction has already been processed",
    "AccountNotFound": "Attempt to debit an account but found no record of a prior credit.",
    "InsufficientFundsForFee": "Insufficient funds for fee",
}


def send_transaction(p: Params) -> Json:
    """Land a transaction; answers its signature.

    With preflight an unfit or failing one is refused with its error and logs (-32002); without,
    an unfit one vanishes silently, as on a cluster.
    """
    options = p.options(1)
    raw, tx = wire(p.at(0, str, "transaction"), options.get("encoding") or "base58")
    name = str(tx.signatures[0])
    verified = all(tx.verify_with_results())
    if not options.get("skipPreflight"):
        p.commitment({**options, "commitment": options.get("preflightCommitment")})
        if not verified:
            raise errors.RpcError(errors.SIGNATURE, "Transaction signature verification failure")
        _preflight(p, tx)
    if verified:
        try:
            p.chain.land(tx, raw)
        except Refused as refused:
            log.info("transaction_dropped", signature=name, err=refused.err)
    return name


def _preflight(p: Params, tx: VersionedTransaction) -> None:
    unfit = p.chain.check(tx)
    if unfit is not None:
        raise _refusal(unfit, _simulated(unfit))
    outcome = _simulate(p, tx)
    if outcome["err"] is not None:
        raise _refusal(outcome["err"], outcome)


def _refusal(err: Json, outcome: dict[str, Json]) -> errors.RpcError:
    words = WORDS.get(err) if isinstance(err, str) else None
    message = f"Transaction simulation failed: {words or _spelled(err)}"
    return errors.RpcError(errors.PREFLIGHT, message, outcome)


def _spelled(err: Json) -> str:
    match err:
        case {"InstructionError": [index, {"Custom": code}]}:
            return f"Error processing Instruction {index}: custom program error: {code:#x}"
        case {"InstructionError": [index, kind]}:
            return f"Error processing Instruction {index}: {kind}"
    return str(err)


def _simulated(err: Json) -> dict[str, Json]:
    """An outcome in which nothing ran."""
    return {
        "err": err,
        "logs": [],
        "accounts": None,
        "unitsConsumed": 0,
        "returnData": None,
        "innerInstructions": None,
    }


def _simulate(p: Params, tx: VersionedTransaction, wanted: Json = None) -> dict[str, Json]:
    try:
        err, meta, accounts = p.chain.vm.simulate(tx)
    except Refused as refused:
        return _simulated(refused.err)
    outcome = _simulated(err) | {
        "logs": meta.logs(),
        "unitsConsumed": meta.compute_units_consumed(),
        "returnData": return_data(meta),
    }
    if wanted:
        after = [
            accounts.get(k) or p.chain.vm.account(k) for k in map(address, wanted["addresses"])
        ]
        outcome["accounts"] = [
            account_json(state, {"encoding": wanted.get("encoding") or "base64"}) for state in after
        ]
    return outcome | {"innerInstructions": inner_instructions(meta)}


def simulate_transaction(p: Params) -> Json:
    """Run a transaction without a trace: on the newest state, whose slot is told, at any commitment."""
    options = p.options(1)
    _, tx = wire(p.at(0, str, "transaction"), options.get("encoding") or "base58")
    commitment, head = p.commitment(options), p.chain.blocks.open.slot
    if options.get("sigVerify"):
        if options.get("replaceRecentBlockhash"):
            raise errors.invalid("sigVerify may not be used with replaceRecentBlockhash")
        if not all(tx.verify_with_results()):
            return at_slot(head, _simulated("SignatureFailure"))
    replaced = bool(options.get("replaceRecentBlockhash"))
    unfit = None if replaced else p.chain.check(tx)
    wanted = options.get("accounts")
    outcome = _simulated(unfit) if unfit else _simulate(p, tx, wanted)
    if not options.get("innerInstructions"):
        outcome["innerInstructions"] = None
    if replaced:
        block = p.chain.blocks.block(commitment)
        outcome["replacementBlockhash"] = {
            "blockhash": block.hash,
            "lastValidBlockHeight": block.last_valid_height,
        }
    return at_slot(head, outcome)


def get_signature_statuses(p: Params) -> Json:
    """Where up to 256 transactions stand; null for unknown ones."""
    names, options = p.at(0, list, "signatures"), p.options(1)
    if len(names) > MOST_STATUSES:
        raise errors.invalid(f"Too many inputs provided; max {MOST_STATUSES}")
    search = bool(options.get("searchTransactionHistory"))
    return in_context(p, "processed", [_status(p, signature(n), search=search) for n in names])


def _status(p: Params, name: str, *, search: bool) -> Json:
    known: Status | Landed | None = p.chain.history.recent.get(name)
    if known is None and search:
        known = p.chain.history.find(name)
    if known is None or known.slot > p.chain.blocks.tip("processed").slot:
        return None
    standing = p.chain.standing(known.slot)
    return {
        "slot": known.slot,
        "confirmations": p.chain.confirmations(known.slot),
        "err": known.err,
        "status": {"Ok": None} if known.err is None else {"Err": known.err},
        "confirmationStatus": standing,
    }


def shaped(landed: Landed, options: dict[str, Json]) -> dict[str, Json]:
    """`transaction`, `meta`, `version` as the options want them."""
    encoding = options.get("encoding") or "json"
    if encoding not in ENCODINGS:
        raise errors.invalid(f"encoding {encoding} is not served here")
    try:
        return transaction_json(
            landed, encoding=encoding, max_version=options.get("maxSupportedTransactionVersion")
        )
    except TooNewVersion as newer:
        raise errors.unsupported_version(newer.version) from None


def get_transaction(p: Params) -> Json:
    """One transaction, once it has the commitment asked for; null before."""
    options = p.maybe(1)
    options = {"encoding": options} if isinstance(options, str) else p.options(1)
    commitment = p.commitment(options)
    if commitment == "processed":
        raise errors.invalid("Method does not support commitment below `confirmed`")
    landed = p.chain.history.find(signature(p.at(0, str, "signature")))
    if landed is None or landed.slot > p.chain.blocks.seen(commitment):
        return None
    place = {"slot": landed.slot, "blockTime": landed.time, "transactionIndex": landed.index}
    return place | shaped(landed, options)


def get_fee_for_message(p: Params) -> Json:
    """Lamports that a message would cost to land."""
    commitment = p.commitment(p.options(1))
    try:
        message = from_bytes_versioned(base64.b64decode(p.at(0, str, "message")))
    except ValueError as unreadable:
        raise errors.invalid(f"failed to deserialize message: {unreadable}") from None
    known = p.chain.blocks.by_hash(str(message.recent_blockhash)) is not None
    fee = LAMPORTS_PER_SIGNATURE * message.header.num_required_signatures
    return in_context(p, commitment, fee if known else None)


def request_airdrop(p: Params) -> Json:
    """Have the faucet pay: a transaction like any other."""
    tx = airdrop(p.address(0), p.at(1, int, "lamports"), p.chain.blocks.newest.hash)
    try:
        return p.chain.land(tx, bytes(tx)).signature
    except Refused as refused:
        raise errors.RpcError(errors.INTERNAL, f"airdrop failed: {refused.err}") from None


METHODS = {
    "sendTransaction": send_transaction,
    "simulateTransaction": simulate_transaction,
    "getSignatureStatuses": get_signature_statuses,
    "getTransaction": get_transaction,
    "getFeeForMessage": get_fee_for_message,
    "requestAirdrop": request_airdrop,
}
