"""What an intent may ask for: its arguments, the instructions it becomes, and when it is done.

| action | args | instructions, in one transaction |
|---|---|---|
| `aggregate_proposal_votes` | likes, dislikes, memo? | aggregate |
| `approve_proposal` | likes?, dislikes?, activate?, memo? | aggregate (with counts), approve, activate |
| `activate_market` | memo? | activate |
| `finalize_market` | dispute_agree, dispute_disagree (both, or neither), memo? | finalize |
| `cancel_market` | memo? | cancel |

Steps that the account shows done are left out. A memo is text for the SPL memo program, behind
the others. Pure: account in, verdict out. The judge is always the market's account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from chain.program.accounts import GlobalConfig, MarketAccount
from chain.program.errors import FailureClass
from chain.program.states import State


class Step(NamedTuple):
    """One instruction of the program: its name, arguments, and the role that signs it."""

    instruction: str
    args: Mapping[str, Any]
    role: str


class Ready(NamedTuple):
    """What is still to be sent."""

    steps: tuple[Step, ...]
    memo: str | None


class Done(NamedTuple):
    """The account shows it, whoever did it."""


class Refused(NamedTuple):
    """It cannot be sent."""

    name: str
    failure_class: FailureClass
    detail: str


Verdict = Ready | Done | Refused

# Which role signs which instruction: the allow-list. Nothing else is ever signed.
ROLE_OF = {
    "aggregate_proposal_votes": "backend",
    "approve_proposal": "admin",
    "activate_market": "activator",
    "finalize_market": "backend",
    "cancel_market": "admin",
}


def judge(action: str, args: Mapping[str, Any], market: MarketAccount | None) -> Verdict:
    """What the account says about an intent."""
    if action not in _JUDGES:
        return Refused("UnknownAction", FailureClass.PERMANENT, action)
    wrong = _wrong_args(action, args)
    if wrong is not None:
        return Refused("InvalidArguments", FailureClass.PERMANENT, wrong)
    if market is None:
        return Refused("AccountGone", FailureClass.PERMANENT, "there is no such market account")
    verdict = _JUDGES[action](args, market)
    if isinstance(verdict, Ready):
        return verdict._replace(memo=args.get("memo"))
    return verdict


def authorities(config: GlobalConfig, market: MarketAccount) -> dict[str, frozenset[str]]:
    """Whose signature the program takes for each role."""
    return {
        "admin": frozenset({config.admin}),
        "backend": frozenset({config.backend_authority}),
        "activator": frozenset({config.admin, market.creator}),
    }


_COUNTS = {
    "aggregate_proposal_votes": ("likes", "dislikes"),
    "approve_proposal": ("likes", "dislikes"),
    "finalize_market": ("dispute_agree", "dispute_disagree"),
}
_U32 = 1 << 32


def _wrong_args(action: str, args: Mapping[str, Any]) -> str | None:
    pair = _COUNTS.get(action, ())
    known = {*pair, "memo"} | ({"activate"} if action == "approve_proposal" else set())
    if unknown := set(args) - known:
        return f"unknown: {', '.join(sorted(unknown))}"
    counts = [args.get(name) for name in pair]
    given = [count for count in counts if count is not None]
    if (given and len(given) != len(pair)) or (action == "aggregate_proposal_votes" and not given):
        return f"{' and '.join(pair)} go together"
    for count in given:
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count < _U32:
            return f"{count!r} is no count"
    if not isinstance(args.get("memo", ""), str | None):
        return "the memo is no text"
    return None


def _step(instruction: str, **args: Any) -> Step:
    return Step(instruction, args, ROLE_OF[instruction])


def _elsewhere(wanted: str, state: State) -> Refused:
    """Somebody else moved the market to where the action means nothing any more."""
    return Refused(
        "InvalidMarketState", FailureClass.PERMANENT, f"{wanted} is wanted, it is {state.name}"
    )


def _aggregate(args: Mapping[str, Any], market: MarketAccount) -> Verdict:
    if market.proposal_total_votes and _counted(args, market):
        return Done()
    if market.state is not State.PROPOSED:
        return _elsewhere("PROPOSED", market.state)
    return Ready((_aggregation(args),), None)


def _approve(args: Mapping[str, Any], market: MarketAccount) -> Verdict:
    steps: list[Step] = []
    if market.approved_at == 0:
        if market.state is not State.PROPOSED:
            return _elsewhere("PROPOSED", market.state)
        if args.get("likes") is not None and not _counted(args, market):
            steps.append(_aggregation(args))
        steps.append(_step("approve_proposal"))
    if args.get("activate") and market.activated_at == 0:
        if market.state not in (State.PROPOSED, State.APPROVED):
            return _elsewhere("APPROVED", market.state)
        steps.append(_step("activate_market"))
    return Ready(tuple(steps), None) if steps else Done()


def _activate(_: Mapping[str, Any], market: MarketAccount) -> Verdict:
    if market.activated_at != 0:
        return Done()
    if market.state is not State.APPROVED:
        return _elsewhere("APPROVED", market.state)
    return Ready((_step("activate_market"),), None)


def _finalize(args: Mapping[str, Any], market: MarketAccount) -> Verdict:
    if market.state is State.FINALIZED:
        return Done()
    disputed = args.get("dispute_agree") is not None
    wanted = State.DISPUTED if disputed else State.RESOLVING
    if market.state is not wanted:
        return _elsewhere(wanted.name, market.state)
    counts = {name: args.get(name) for name in _COUNTS["finalize_market"]}
    return Ready((_step("finalize_market", **counts),), None)


def _cancel(_: Mapping[str, Any], market: MarketAccount) -> Verdict:
    if market.state is State.CANCELLED:
        return Done()
    if market.state not in (State.PROPOSED, State.APPROVED):
        return _elsewhere("PROPOSED or APPROVED", market.state)
    return Ready((_step("cancel_market"),), None)


def _counted(args: Mapping[str, Any], market: MarketAccount) -> bool:
    counts = (market.proposal_likes, market.proposal_dislikes)
    return counts == (args["likes"], args["dislikes"])


def _aggregation(args: Mapping[str, Any]) -> Step:
    return _step(
        "aggregate_proposal_votes", final_likes=args["likes"], final_dislikes=args["dislikes"]
    )


_JUDGES: dict[str, Callable[[Mapping[str, Any], MarketAccount], Verdict]] = {
    "aggregate_proposal_votes": _aggregate,
    "approve_proposal": _approve,
    "activate_market": _activate,
    "finalize_market": _finalize,
    "cancel_market": _cancel,
}
