"""`./oddsline redecode` gives the marts what an older decoder had not read yet."""

import asyncio
import base64
from typing import Any

import asyncpg
import based58
import orjson
import pytest
from rich.console import Console
from typer.testing import CliRunner

from benchmarks.traffic import PROGRAM, key, signature, trade
from chain.program.addresses import market_address
from chain.program.interface import load_program
from ingestion.commands import redecode
from oddsline.cli import load
from tests.integration.ingestion.conftest import running, settings
from tests.support.marts import assert_equals_rebuild, fold

LIQUIDITY = 70_000_000_000
RENT = 4_000_000
MARKET_ID = "cd" * 32
#: What the older decoder stored of a trade and of a creation.
OLDER = """
update raw.events set facts = facts - 'resolver_fee' where name = 'SharesBought';
update raw.events set facts = '{}' where name = 'MarketCreated';
"""


def created() -> dict[str, Any]:
    """A webhook item: create_market whose deposit reaches the market's account."""
    codec, item = load_program(PROGRAM).codec, trade(0)
    creator, market = key("creator"), market_address(PROGRAM, MARKET_ID)
    terms = {"market_id": MARKET_ID, "b_parameter": 100_000_000_000}
    event = codec.encode_event(
        "MarketCreated", {**terms, "creator": creator, "state": 0, "timestamp": item["blockTime"]}
    )
    asked = {**terms, "initial_liquidity": LIQUIDITY, "ipfs_question_hash": "00" * 46}
    message, meta = item["transaction"]["message"], item["meta"]
    message["accountKeys"] = [creator, market, *message["accountKeys"][2:]]
    message["instructions"][1] |= {
        "accounts": [0, 1, 4, 6],
        "data": based58.b58encode(codec.encode_instruction("create_market", asked)).decode(),
    }
    said = f"Program data: {base64.b64encode(event).decode()}"
    lines = [line for line in meta["logMessages"] if not line.startswith("Program return")]
    meta["logMessages"] = [said if line.startswith("Program data") else line for line in lines]
    meta["returnData"] = None
    before = meta["preBalances"]
    meta["postBalances"] = [before[0] - 5000, before[1] + LIQUIDITY + RENT, *before[2:]]
    item["transaction"]["signatures"] = [signature("creation")]
    return item


async def _landed_by_the_older_decoder(database: str) -> None:
    async with running(settings(database)) as client:
        answer = await client.post("/webhooks/helius", content=orjson.dumps([created(), trade(1)]))
    assert answer.json()["landed"] == 2
    connection = await asyncpg.connect(database)
    await connection.execute(OLDER)
    await fold(connection)
    await connection.close()


async def _marts(database: str) -> tuple[int | None, int | None]:
    """The deposit and the resolver's fee as the marts have them, which equal a rebuild."""
    connection = await asyncpg.connect(database)
    await fold(connection)
    await assert_equals_rebuild(connection)
    deposited = "select deposited from marts.markets where market_id = $1"
    found = (
        await connection.fetchval(deposited, MARKET_ID),
        await connection.fetchval("select resolver_fee from marts.trades"),
    )
    await connection.close()
    return found


def _redecode(*arguments: str) -> str:
    done = CliRunner().invoke(load("redecode"), list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


def test_a_field_that_is_decoded_since_reaches_the_marts(
    database: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shown first and nothing written; written, the marts have it; read again, nothing differs."""
    monkeypatch.setenv("ODDSLINE_PROGRAM_ID", PROGRAM)
    monkeypatch.setattr(redecode, "console", Console(width=240))
    asyncio.run(_landed_by_the_older_decoder(database))
    older = asyncio.run(_marts(database))

    shown = _redecode()
    unwritten = asyncio.run(_marts(database))
    written = _redecode("--write", "--yes")
    newer = asyncio.run(_marts(database))
    again = _redecode()

    assert older == unwritten == (None, None)
    assert f"'deposited': {LIQUIDITY}" in shown
    assert "'resolver_fee': " in shown
    assert "2 transactions read, 2 events differ, 0 unreadable" in shown
    assert "2 events revised" in written
    deposited, resolver_fee = newer
    assert deposited == LIQUIDITY
    assert resolver_fee == 20_000_200  # a fifth of the fee, of a tenth of the gross
    assert "2 transactions read, 0 events differ" in again
