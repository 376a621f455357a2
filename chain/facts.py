"""What a trade's or claim's transaction says beyond its event: gross, fees, reward; on whose word.

`returned`: the program put the gross into its return data. `balances`: two gross amounts net the
same proceeds and the transaction's lamports decide. `schedule`: from the rates in force.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from chain.calls import Call
from chain.program.fee_schedule import FeeSchedule
from chain.transactions import Transaction

BUY, SELL = "SharesBought", "SharesSold"
CREATE, CLAIM = "MarketCreated", "WinningsClaimed"


def trade_facts(
    name: str,
    args: dict[str, Any],
    returned: str | None,
    fees: FeeSchedule,
    alone: tuple[Transaction, Call] | None,
) -> dict[str, Any]:
    """Facts of a SharesBought or SharesSold, in lamports.

    `alone` is the transaction and the call where no other trade shares its balances.
    """
    amount: int = args["cost"] if name == BUY else args["proceeds"]
    gross, basis = _returned(returned), "returned"
    if gross is None or (amount < gross if name == BUY else amount > gross):
        if name == BUY:
            gross, basis = fees.gross_of_cost(amount), "schedule"
        else:
            gross, basis = _sold(amount, fees, alone)
    if gross is None:
        return {"fee_basis": "unknown"}
    shares = fees.split(abs(amount - gross))
    return {
        "gross": gross,
        "fee": shares.total,
        "protocol_fee": shares.protocol,
        "resolver_fee": shares.resolver,
        "fee_basis": basis,
    }


def claim_facts(args: dict[str, Any], alone: tuple[Transaction, Call] | None) -> dict[str, Any]:
    """Facts of a WinningsClaimed: the resolver's reward that left with it, in lamports.

    The old layout names it; of the new one the market's balance tells, where the transaction has
    no other call of the program (`alone`). Nothing told = no key.
    """
    if "resolver_fee" in args:
        return {"reward": args["resolver_fee"]}
    if alone is None:
        return {}
    tx, call = alone
    market = call.accounts.get("market")
    gained = lamports_gained(tx, market) if market is not None else None
    if gained is None or -gained < args["amount"]:
        return {}
    return {"reward": -gained - args["amount"]}


def creation_facts(tx: Transaction, call: Call) -> dict[str, Any]:
    """Facts of a MarketCreated: what was deposited, in lamports.

    A program may only record the initial liquidity it is told; the account then gets its rent,
    which is less. Nothing told = no key.
    """
    market = call.accounts.get("market")
    gained = lamports_gained(tx, market) if market is not None else None
    if gained is None:
        return {}
    liquidity = call.args["initial_liquidity"]
    return {"deposited": liquidity if gained >= liquidity else 0}


def _returned(text: str | None) -> int | None:
    """The gross as u64, little endian; None for anything else."""
    if text is None:
        return None
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return int.from_bytes(raw, "little") if len(raw) == 8 else None


def _sold(
    proceeds: int, fees: FeeSchedule, alone: tuple[Transaction, Call] | None
) -> tuple[int | None, str]:
    candidates = fees.gross_of_proceeds(proceeds)
    if len(candidates) > 1 and alone is not None:
        paid = _paid_to_protocol(*alone, proceeds)
        fitting = [gross for gross in candidates if fees.fees(gross).protocol == paid]
        if len(fitting) == 1:
            return fitting[0], "balances"
    return (candidates[0] if candidates else None), "schedule"


def _paid_to_protocol(tx: Transaction, call: Call, proceeds: int) -> int | None:
    """What the fee wallet got, if the market's account confirms it."""
    wallet, market = call.accounts.get("protocol_fee_wallet"), call.accounts.get("market")
    if wallet is None or market is None or wallet in (tx.keys[0], call.actor):
        return None
    paid = lamports_gained(tx, wallet)
    lost = lamports_gained(tx, market)
    return paid if paid is not None and lost == -(proceeds + paid) else None


def lamports_gained(tx: Transaction, key: str) -> int | None:
    """How many more lamports an account holds after the transaction; None where nobody says."""
    if not tx.pre_balances or not tx.post_balances or key not in tx.keys:
        return None
    at = tx.keys.index(key)
    return tx.post_balances[at] - tx.pre_balances[at]
