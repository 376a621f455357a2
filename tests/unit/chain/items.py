"""A raw webhook item for tests."""

from typing import Any

from tests.unit.chain.stories import ALICE, BOB, PROGRAM_ID, SIGNATURE


def item(**changes: Any) -> dict[str, Any]:
    """A raw webhook item as Helius sends it, without stack heights."""
    whole = {
        "blockTime": 1_790_000_000,
        "indexWithinBlock": 5,
        "slot": 300_000_000,
        "version": "legacy",
        "meta": {
            "err": None,
            "fee": 5000,
            "innerInstructions": [
                {
                    "index": 0,
                    "instructions": [{"accounts": [0], "data": "3Bxs", "programIdIndex": 2}],
                }
            ],
            "loadedAddresses": {"readonly": [], "writable": []},
            "logMessages": ["Program log: x"],
            "preBalances": [3, 2, 1],
            "postBalances": [2, 2, 1],
            "preTokenBalances": [],
            "rewards": [],
        },
        "transaction": {
            "signatures": [SIGNATURE],
            "message": {
                "accountKeys": [ALICE, BOB, PROGRAM_ID],
                "header": {
                    "numRequiredSignatures": 1,
                    "numReadonlySignedAccounts": 0,
                    "numReadonlyUnsignedAccounts": 1,
                },
                "instructions": [{"accounts": [0, 1], "data": "3Bxs", "programIdIndex": 2}],
                "recentBlockhash": ALICE,
            },
        },
    }
    return {**whole, **changes}
