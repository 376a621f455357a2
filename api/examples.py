"""Examples for the OpenAPI document, by the name of a member: a slot is a slot everywhere."""

from typing import Any

_ID, _HASH = "ab" * 32, "5e" * 32
_ADDRESS = "So11111111111111111111111111111111111111112"
_ROUND = "5" * 88
_TEXT = "oddsline.example wants you to sign in with your Solana account:\n" + _ADDRESS
_BALLOT = "Oddsline vote\nMarket: " + _ID
_MOMENT = "2026-11-24T04:00:00Z"

#: Member or parameter -> what it may be.
BY_NAME: dict[str, Any] = {
    **dict.fromkeys(("seq", "landed_seq", "folded_seq", "cutoff_seq", "pos"), 4711),
    **dict.fromkeys(("slot", "last_slot", "from_slot", "up_to_slot", "tip_slot"), 312_000_000),
    **dict.fromkeys(("trade_count", "market_count", "attempts", "ended", "markets"), 12),
    **dict.fromkeys(("succeeded", "sockets", "in_favour", "onchain", "offchain"), 11),
    **dict.fromkeys(("proposal_likes", "dispute_agree", "aggregated_in_favour"), 11),
    **dict.fromkeys(("proposal_dislikes", "dispute_disagree", "aggregated_against"), 3),
    **dict.fromkeys(("against", "quorum"), 3),
    **dict.fromkeys(("open_gaps", "rejected", "double_sends", "tx_index", "lag_slots"), 0),
    **dict.fromkeys(("dead_letters_open", "alerts_firing"), 0),
    **dict.fromkeys(("leaf", "root", "hash", "counted_root", "rejected_root"), _HASH),
    **dict.fromkeys(("wallet", "creator", "program_id"), _ADDRESS),
    **dict.fromkeys(("from", "to"), _MOMENT),
    **dict.fromkeys(("cursor", "next_cursor"), "q1X0b7mS2mWkq0G5f0rjE1sxLCI5ZjJjMWU3YSJd"),
    "action": "finalize",
    "day": "2026-11-24",
    "decided_by": "tally",
    "decision": "approve",
    "detail": "Input should be less than or equal to 200",
    "eligibility": "anyone",
    "epoch": "8f0c2d1e-5b7a-4c1e-9d55-0a1b2c3d4e5f",
    "error": "NodeBehind",
    "error_name": "Refused",
    "event": "ProposalApproved",
    "expires_in": 900,
    "id": 7,
    "job": "advance_due_markets",
    "key": "advance:" + _ID,
    "kind": "transition",
    "lag_ms": 40,
    "market_id": _ID,
    "memo": "oddsline tally " + _HASH,
    "message": _TEXT,
    "name": "prices_are_between_nought_and_one",
    "nonce": 1_795_000_000_000,
    "per_minute": [12, 15],
    "proposed_outcome": "YES",
    "rank": 1,
    "reason": "the resolver holds shares of the outcome",
    "round": _ROUND,
    "rule": "resolver_interest",
    "run_id": "0f8c2d1e-5b7a-4c1e-9d55-0a1b2c3d4e5f",
    "seconds": 3.4,
    "seconds_to_land_p95": 1.8,
    "severity": "warning",
    "signature": _ROUND,
    "signed_bytes": "T2Rkc2xpbmUgdm90ZQ==",
    "standing": "complete",
    "state": "ACTIVE",
    "status": "SUCCESS",
    "subject": "fold",
    "success_percent": 91.7,
    "suite": "trades",
    "summary": "The fold is 40 s behind.",
    "threshold_bps": 7000,
    "token": "eyJhbGciOiJIUzI1NiIsImtpZCI6IjVlNWU1ZTVlIn0.e30.c2lnbmVk",
    "trade_id": _ROUND + ":0.0.0",
    "unexpected": "2 of 900",
    "window": "24h",
}
#: Where a name means something else: schema -> member -> example.
BY_SCHEMA: dict[str, dict[str, Any]] = {
    "Change": {"type": "state:change", "data": {"from": "PROPOSED", "to": "APPROVED"}},
    "BallotText": {"message": _BALLOT},
    "SignedBallot": {"message": _BALLOT},
    "Challenge": {"nonce": "0123456789abcdef" * 2},
    "Proof": {"nonce": "0123456789abcdef" * 2},
}


def add(told: dict[str, Any]) -> None:
    """Give every member and parameter of the document that has no example one."""
    for schema, described in told["components"]["schemas"].items():
        for name, member in described.get("properties", {}).items():
            _add(member, name, BY_SCHEMA.get(schema, {}))
    for operations in told["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                _add(parameter["schema"], parameter["name"], {})


def has_example(member: dict[str, Any]) -> bool:
    """Whether a reader sees from it what it may be."""
    if {"examples", "enum", "const", "$ref"} & member.keys() or member.get("default") is not None:
        return True
    if member.get("type") in {"boolean", "null"}:
        return True
    if member.get("type") == "array":
        return has_example(member["items"])
    return "anyOf" in member and all(map(has_example, member["anyOf"]))


def _add(member: dict[str, Any], name: str, special: dict[str, Any]) -> None:
    example = special.get(name, BY_NAME.get(name))
    if example is not None and not has_example(member):
        member["examples"] = [example]
