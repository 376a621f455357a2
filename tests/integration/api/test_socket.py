"""The wire: snapshot, then every message once and in order, and a way back after a break."""

from uuid import uuid4

import pytest

from api.service import Service
from tests.integration.api import rows
from tests.integration.api.sockets import Line, dialled, serving


async def test_a_subscriber_gets_the_market_and_then_each_message_in_order(line: Line, where: str):
    """subscribed carries a snapshot and its seq; prev_seq chains from there on."""
    async with dialled(where) as socket:
        answer = await socket.subscribe(rows.market_id(1), id="mine")
        for k in range(3):
            await line.tell(1, slot=k)
        told = [await socket.hear() for _ in range(3)]

    assert (answer["type"], answer["seq"], answer["id"]) == ("subscribed", 0, "mine")
    assert answer["snapshot"]["market_id"] == rows.market_id(1)
    assert [m["data"]["slot"] for m in told] == [0, 1, 2]
    assert [(m["prev_seq"], m["seq"]) for m in told] == [(0, 1), (1, 2), (2, 3)]
    assert all(m["published_at"] for m in told)


async def test_a_market_can_be_named_by_its_address(line: Line, where: str):
    """The answer names it by its id."""
    async with dialled(where) as socket:
        answer = await socket.subscribe(rows.address("market 1"))

    assert answer["market_id"] == rows.market_id(1)


async def test_only_followed_markets_are_told(line: Line, where: str):
    """Another market's messages go elsewhere."""
    async with dialled(where) as socket:
        await socket.subscribe(rows.market_id(1))
        await line.tell(2)
        await line.tell(1)

        assert (await socket.hear())["market_id"] == rows.market_id(1)


async def test_after_unsubscribing_nothing_more_comes(line: Line, where: str):
    """Once unsubscribed is said, the market is silent."""
    async with dialled(where) as socket:
        await socket.subscribe(rows.market_id(1))
        await socket.say(type="unsubscribe:market", market_id=rows.market_id(1))
        assert (await socket.hear())["type"] == "unsubscribed"
        await line.tell(1)
        await socket.subscribe(rows.market_id(2))
        await line.tell(2)

        assert (await socket.hear())["market_id"] == rows.market_id(2)


async def test_a_client_that_comes_back_gets_what_it_missed_from_memory(line: Line, where: str):
    """`after` inside memory replays the missed messages and goes on live."""
    async with dialled(where) as socket:
        first = await socket.subscribe(rows.market_id(1))
        await line.tell(1, slot=1)
        await socket.hear()
    for n in (2, 3):
        await line.tell(1, slot=n)
    after = {"epoch": first["epoch"], "seq": 1}

    async with dialled(where) as socket:
        answer = await socket.subscribe(rows.market_id(1), after=after)
        missed = [await socket.hear() for _ in range(2)]
        await line.tell(1, slot=4)
        live = await socket.hear()

    assert "snapshot" not in answer
    assert [(m["prev_seq"], m["data"]["slot"]) for m in [*missed, live]] == [(1, 2), (2, 3), (3, 4)]


async def test_a_client_that_comes_back_to_another_process_is_served_by_the_outbox(
    line: Line, service: Service
):
    """A process that heard nothing yet replays from Postgres."""
    for n in range(1, 5):
        await line.tell(1, slot=n)
    async with serving(service) as where, dialled(where) as socket:
        after = {"epoch": service.freshness.epoch, "seq": 1}
        await socket.subscribe(rows.market_id(1), after=after)
        told = [await socket.hear() for _ in range(3)]
        await line.tell(1, slot=5)
        told.append(await socket.hear())

    assert [(m["prev_seq"], m["data"]["slot"]) for m in told] == [(1, 2), (2, 3), (3, 4), (4, 5)]


@pytest.mark.parametrize("why", ["epoch", "too old", "never told"])
async def test_a_place_that_cannot_be_resumed_is_reset_with_a_snapshot(
    line: Line, service: Service, why: str
):
    """Another epoch, trimmed messages, or a seq nobody was told: start over, and say so."""
    for n in range(3):
        await line.tell(1, slot=n)
    if why == "too old":
        await line.owner.execute("delete from live.outbox where pos <= 2")
    async with serving(service) as where, dialled(where) as socket:
        epoch = str(uuid4()) if why == "epoch" else service.freshness.epoch
        after = {"epoch": epoch, "seq": 9 if why == "never told" else 0}
        answer = await socket.subscribe(rows.market_id(1), after=after)

    assert answer["reset"] is True
    assert (answer["seq"], answer["snapshot"]["market_id"]) == (3, rows.market_id(1))


async def test_a_snapshot_newer_than_the_stream_is_not_told_again(line: Line, where: str):
    """What the snapshot holds already is skipped when the stream brings it late."""
    await line.write(1, slot=1)
    async with dialled(where) as socket:
        answer = await socket.subscribe(rows.market_id(1))
        await line.publish(1)
        await line.tell(1, slot=2)
        told = await socket.hear()

    assert answer["seq"] == 1
    assert (told["prev_seq"], told["seq"]) == (1, 2)


async def test_a_gap_in_the_stream_is_filled_from_the_outbox(line: Line, where: str):
    """A publisher that skipped, or a trimmed stream, costs nobody a message."""
    async with dialled(where) as socket:
        await socket.subscribe(rows.market_id(1))
        await line.write(1, slot=1)
        await line.write(1, slot=2)
        await line.tell(1, slot=3)
        told = [await socket.hear() for _ in range(3)]

    assert [m["data"]["slot"] for m in told] == [1, 2, 3]


async def test_an_emptied_redis_loses_and_repeats_nothing(line: Line, where: str):
    """After FLUSHALL the publisher starts over; each message still arrives once."""
    async with dialled(where) as socket:
        await socket.subscribe(rows.market_id(1))
        await line.tell(1, slot=1)
        await line.redis.flushdb()
        await line.write(1, slot=2)
        await line.publish(1, 2)
        await line.tell(1, slot=3)
        told = [await socket.hear() for _ in range(3)]

    assert [(m["seq"], m["data"]["slot"]) for m in told] == [(1, 1), (2, 2), (3, 3)]


async def test_following_everything_needs_a_key_that_may(line: Line, where: str):
    """Without `stream:all` the wildcard is refused and the connection stays."""
    async with dialled(where) as socket:
        refused = await socket.subscribe("*")
        key = await rows.key(line.owner, "stream:all")
        await socket.say(type="auth", key=key)
        shown = await socket.hear()
        answer = await socket.subscribe("*")
        await line.tell(1)
        await line.tell(2)
        told = [await socket.hear(), await socket.hear()]

    assert (refused["type"], refused["code"]) == ("error", "key_required")
    assert shown["type"] == "authenticated"
    assert (answer["market_id"], answer["pos"], "snapshot" in answer) == ("*", 0, False)
    assert [m["market_id"] for m in told] == [rows.market_id(1), rows.market_id(2)]


@pytest.mark.parametrize("memory", [True, False])
async def test_everything_resumes_by_position(line: Line, service: Service, memory: bool):
    """From memory or from the outbox, each position comes once, in order."""
    if not memory:
        for n in (1, 2, 1):
            await line.tell(n)
    key = await rows.key(line.owner, "stream:all")
    async with serving(service) as where:
        if memory:
            async with dialled(where) as early:
                await early.subscribe(rows.market_id(1))
                for n in (1, 2, 1):
                    await line.tell(n)
                assert [(await early.hear())["pos"] for _ in range(2)] == [1, 3]
        async with dialled(where, X_API_Key=key) as socket:
            after = {"epoch": service.freshness.epoch, "pos": 1}
            answer = await socket.subscribe("*", after=after)
            await line.tell(2)
            told = [await socket.hear() for _ in range(3)]

    assert answer["pos"] == 1
    assert [m["pos"] for m in told] == [2, 3, 4]


async def test_a_heartbeat_says_how_far_each_market_is(line: Line, service: Service):
    """seqs are what this connection was last sent."""
    service.settings.__dict__["heartbeat_ms"] = 100
    async with serving(service) as where, dialled(where) as socket:
        await line.tick()
        await socket.subscribe(rows.market_id(1))
        await line.tell(1)
        await socket.hear()
        beat = await socket.beat()
        while beat["pos"] < 1:
            beat = await socket.beat()

    assert beat["seqs"] == {rows.market_id(1): 1}
    assert (beat["pos"], beat["lag_ms"], beat["stale"]) == (1, 0, False)


async def test_a_silent_fold_is_called_stale(line: Line, service: Service):
    """Without ticks the heartbeat says so, whatever the socket's health."""
    service.settings.__dict__["heartbeat_ms"] = 50
    service.freshness.stale_after_ms = 200
    async with serving(service) as where, dialled(where) as socket:
        beats = [await socket.beat() for _ in range(8)]

    assert beats[-1]["stale"] is True
    assert beats[-1]["lag_ms"] >= 200


async def test_a_new_epoch_sends_clients_away_and_resets_them(line: Line, where: str):
    """After a restore clients come back to a snapshot."""
    async with dialled(where) as socket:
        first = await socket.subscribe(rows.market_id(1))
        await line.owner.execute("update live.epoch set epoch = gen_random_uuid()")
        await line.tick()
        code, _ = await socket.closed()
    async with dialled(where) as socket:
        after = {"epoch": first["epoch"], "seq": 0}
        answer = await socket.subscribe(rows.market_id(1), after=after)

    assert code == 1012
    assert answer["reset"] is True
    assert answer["epoch"] != first["epoch"]
