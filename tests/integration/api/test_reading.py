"""Public routes: what they answer, page by page, and how they refuse."""

from datetime import timedelta
from typing import Any

import pytest

from api.models.ballots import PublicBallot
from api.models.base import One, Page
from api.models.leaderboard import Trader
from api.models.markets import Candle, Market, Trade, Transition
from api.models.status import Status
from api.models.votes import Tally
from tests.integration.api import rows
from tests.integration.api.conftest import Api


async def test_a_market_is_served_by_id_and_by_address(api: Api):
    """Either name of a market answers the same document, exact amounts as strings."""
    market = await rows.market(api.owner, 1, volume=2**64 + 1)

    by_id = await api.get(f"/markets/{market}")
    by_address = await api.get(f"/markets/{rows.address('market 1')}")

    assert by_id.status_code == 200
    assert by_id.json() == by_address.json()
    assert by_id.json()["data"]["volume"] == str(2**64 + 1)
    One[Market].model_validate_json(by_id.content)


@pytest.mark.parametrize("name", ["ab" * 32, rows.address("nobody")])
@pytest.mark.parametrize(
    "path",
    ["/markets/{}", "/markets/{}/candles", "/markets/{}/transitions", "/trades/{}", "/votes/{}"],
)
async def test_an_unknown_market_is_a_404_problem(api: Api, path: str, name: str):
    """A well-formed name that nobody has is 404 as problem+json."""
    answer = await api.get(path.format(name))

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:oddsline:problem:not-found"
    assert answer.json()["instance"] == path.format(name)


@pytest.mark.parametrize("name", ["AB" * 32, "0", "x' or 1=1 --", "ab" * 31])
async def test_a_malformed_market_name_is_422_with_the_parameter_named(api: Api, name: str):
    """What is neither id nor address is refused before Postgres is asked."""
    answer = await api.get(f"/markets/{name}")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["name"] == "market_id"


async def test_a_market_without_a_known_id_is_hidden(api: Api):
    """Rows whose market id is not known yet are kept and not served."""
    await rows.market(api.owner, 1, market_id=None)

    assert (await api.get("/markets")).json()["data"] == []
    assert (await api.get(f"/markets/{rows.address('market 1')}")).status_code == 404


@pytest.mark.parametrize("sort", ["created_at", "volume", "last_trade_at"])
@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_pages_of_markets_join_up_to_the_whole_list(api: Api, sort: str, order: str):
    """Each market comes once, in order, those without the sort's column as oldest."""
    for n in range(7):
        traded = rows.START + timedelta(hours=n // 2) if n > 2 else None
        await rows.market(api.owner, n, last_trade_at=traded, volume=n // 3)

    listed = await pages(api, "/markets", {"sort": sort, "order": order, "limit": 3})

    assert sorted(m["market_id"] for m in listed) == sorted(rows.market_id(n) for n in range(7))
    column = [(m[sort] or "", m["market_id"]) for m in listed]
    if sort == "volume":
        column = [(int(m["volume"]), m["market_id"]) for m in listed]
    assert column == sorted(column, reverse=order == "desc")


async def test_markets_are_filtered_by_state_and_creator(api: Api):
    """A filter leaves only what fits it."""
    await rows.market(api.owner, 1, state="PROPOSED")
    await rows.market(api.owner, 2, creator=rows.address("other"))

    proposed = (await api.get("/markets", params={"state": "PROPOSED"})).json()["data"]
    others = (await api.get("/markets", params={"creator": rows.address("other")})).json()["data"]

    assert [m["market_id"] for m in proposed] == [rows.market_id(1)]
    assert [m["market_id"] for m in others] == [rows.market_id(2)]


async def test_trades_page_newest_first_and_stay_stable_while_rows_arrive(api: Api):
    """A trade that arrives between two pages neither repeats nor hides another."""
    await rows.market(api.owner, 1)
    expected = [await rows.trade(api.owner, 1, k) for k in range(5)][::-1]
    path = f"/trades/{rows.market_id(1)}"

    first = (await api.get(path, params={"limit": 2})).json()
    await rows.trade(api.owner, 1, 99)
    rest = await pages(api, path, {"limit": 2, "cursor": first["next_cursor"]})

    assert [t["trade_id"] for t in first["data"] + rest] == expected


async def test_trades_of_one_second_are_ordered_by_the_chain(api: Api):
    """Within equal times the chain's order decides, not arrival."""
    await rows.market(api.owner, 1)
    for k, place in [(1, 30), (2, 10), (3, 20)]:
        await rows.trade(api.owner, 1, k, chain_order=place, traded_at=rows.START)

    listed = await pages(api, f"/trades/{rows.market_id(1)}", {"order": "asc", "limit": 1})

    assert [t["signature"] for t in listed] == [rows.signature((1, k)) for k in (2, 3, 1)]


async def test_trades_are_filtered_by_wallet_side_and_time(api: Api):
    """`from` is inclusive, `to` is not."""
    await rows.market(api.owner, 1)
    for k in range(4):
        await rows.trade(api.owner, 1, k, wallet=rows.address(k % 2), side=("buy", "sell")[k // 2])
    path = f"/trades/{rows.market_id(1)}"

    async def found(**params) -> list[int]:
        answer = await api.get(path, params=params | {"order": "asc"})
        Page[Trade].model_validate_json(answer.content)
        return [t["slot"] - 2000 for t in answer.json()["data"]]

    assert await found(wallet=rows.address(1)) == [1, 3]
    assert await found(side="sell") == [2, 3]
    moment = rows.START + timedelta(seconds=1)
    until = rows.START + timedelta(seconds=3)
    assert await found(**{"from": moment.isoformat(), "to": until.isoformat()}) == [1, 2]


@pytest.mark.parametrize("change", ["other", "altered", "short", "garbage"])
async def test_a_cursor_that_is_not_of_this_list_is_400(api: Api, change: str):
    """A foreign, altered or invented cursor is refused, never paged from."""
    for n in (1, 2):
        await rows.market(api.owner, n)
    cursor = (await api.get("/markets", params={"limit": 1})).json()["next_cursor"]
    shown = {
        "other": cursor,
        "altered": ("A" if cursor[0] != "A" else "B") + cursor[1:],
        "short": cursor[:5],
        "garbage": "%%%",
    }[change]
    params = {"limit": 1, "cursor": shown} | ({"sort": "volume"} if change == "other" else {})

    answer = await api.get("/markets", params=params)

    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:oddsline:problem:bad-cursor"


async def test_candles_are_those_with_trades_unless_asked_to_fill(api: Api):
    """Filled buckets carry the last close, are flagged, and end with the last trade."""
    last = rows.START + timedelta(minutes=2)
    await rows.market(api.owner, 1, last_trade_at=last)
    for minute, close in [(0, 5), (2, 7)]:
        await rows.candle(api.owner, 1, minute, close)
    path = f"/markets/{rows.market_id(1)}/candles"

    plain = await pages(api, path, {"limit": 1})
    filled = await pages(api, path, {"fill": "true", "limit": 2})

    assert [(c["close"], c["filled"]) for c in plain] == [("5", False), ("7", False)]
    closes = [(c["close"], c["filled"]) for c in filled]
    assert closes == [("5", False), ("5", True), ("7", False)]
    for c in plain + filled:
        Candle.model_validate(c)


async def test_filled_candles_from_a_time_begin_with_the_price_before_it(api: Api):
    """`from` in the middle of silence still knows the last close."""
    await rows.market(api.owner, 1, last_trade_at=rows.START + timedelta(minutes=9))
    for minute, close in [(0, 5), (9, 7)]:
        await rows.candle(api.owner, 1, minute, close)
    moment = (rows.START + timedelta(minutes=6)).isoformat()

    path = f"/markets/{rows.market_id(1)}/candles"
    filled = await pages(api, path, {"fill": "true", "from": moment})

    assert [c["bucket"][14:16] for c in filled] == ["06", "07", "08", "09"]
    assert [c["close"] for c in filled] == ["5", "5", "5", "7"]


async def test_transitions_tell_a_market_life_in_order(api: Api):
    """Oldest first, on one page."""
    await rows.market(api.owner, 1)
    for k, state in enumerate(["PROPOSED", "APPROVED"]):
        await rows.transition(api.owner, 1, k, state)

    answer = await api.get(f"/markets/{rows.market_id(1)}/transitions")

    page = Page[Transition].model_validate_json(answer.content)
    moves = [(t.from_state, t.to_state) for t in page.data]
    assert moves == [(None, "PROPOSED"), ("PROPOSED", "APPROVED")]


async def test_a_tally_counts_each_wallet_once_and_the_chain_first(api: Api):
    """A wallet that voted on chain and by ballot counts by its vote on chain."""
    await rows.market(api.owner, 1, state="PROPOSED", proposal_likes=9)
    round_ = await rows.transition(api.owner, 1, 0, "PROPOSED", event="MarketCreated")
    await rows.ballot(api.owner, 1, "a", "like", "proposal", round_)
    await rows.chain_vote(api.owner, 1, "a", "dislike", "proposal", slot=1)
    await rows.ballot(api.owner, 1, "b", "like", "proposal", round_)

    answer = await api.get(f"/votes/{rows.market_id(1)}")

    tally = One[Tally].model_validate_json(answer.content).data
    assert (tally.in_favour, tally.against, tally.onchain, tally.offchain) == (1, 1, 1, 1)
    assert (tally.aggregated_in_favour, tally.round, tally.reached) == (9, round_, False)
    listed = await pages(api, f"/votes/{rows.market_id(1)}/ballots", {"limit": 1})
    assert [PublicBallot.model_validate(ballot).source for ballot in listed] == ["onchain"]


async def test_the_leaderboard_ranks_wallets_within_a_window(api: Api):
    """What was traded days ago counts over all time and not within a day."""
    await rows.traded_day(api.owner, "a", 0, invested=5)
    await rows.traded_day(api.owner, "b", 3, invested=4, proceeds=5)

    ever = await api.get("/leaderboard")
    today = await api.get("/leaderboard", params={"window": "day"})
    cash = await api.get("/leaderboard", params={"window": "week", "by": "net_cash"})

    a, b = rows.address("a"), rows.address("b")
    page = Page[Trader].model_validate_json(ever.content)
    assert [(t.rank, t.wallet, t.volume) for t in page.data] == [(1, b, "9"), (2, a, "5")]
    assert [t["wallet"] for t in today.json()["data"]] == [a]
    assert [(t["wallet"], t["net_cash"]) for t in cash.json()["data"]] == [(b, "1"), (a, "-5")]


async def test_changes_page_the_outbox_by_position(api: Api):
    """`after` is exclusive; a full page names the next `after`."""
    for pos in (1, 2, 3):
        await rows.outbox(api.owner, pos, 1, pos, "state:change", {"from": None, "to": "PROPOSED"})

    first = (await api.get("/changes", params={"after": 0, "limit": 2})).json()
    rest = (await api.get("/changes", params={"after": first["next_cursor"]})).json()

    assert [c["pos"] for c in first["data"]] == [1, 2]
    assert [c["pos"] for c in rest["data"]] == [3]
    assert rest["next_cursor"] is None


async def test_status_says_where_landing_and_fold_are(api: Api):
    """The line at a glance, and that this process hears no stream."""
    answer = await api.get("/status")

    status = One[Status].model_validate_json(answer.content).data
    assert (status.stale, status.markets, status.folded_seq) == (True, 0, 0)


@pytest.mark.parametrize("path", ["/markets", "/leaderboard", "/status", "/changes"])
async def test_every_answer_says_how_fresh_it_is(api: Api, path: str):
    """as_of comes from Postgres while the stream is silent."""
    await rows.market(api.owner, 1, last_slot=77)
    await rows.outbox(api.owner, 5, 1, 1, "state:change", {})

    as_of = (await api.get(path)).json()["as_of"]

    assert as_of == {"slot": 77, "pos": 5, "lag_ms": 0}


async def test_an_unknown_path_and_a_wrong_method_are_problems(api: Api):
    """The framework's own refusals have the same shape."""
    missing = await api.get("/nothing/here")
    wrong = await api.client.post("/markets")

    assert (missing.status_code, wrong.status_code) == (404, 405)
    for answer in (missing, wrong):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
    assert "GET" in wrong.headers["allow"]


@pytest.mark.parametrize(
    ("path", "params", "name"),
    [
        ("/markets", {"limit": "0"}, "limit"),
        ("/markets", {"limit": "201"}, "limit"),
        ("/markets", {"limit": "ten"}, "limit"),
        ("/markets", {"state": "OPEN"}, "state"),
        ("/markets", {"sort": "price; drop table raw.events"}, "sort"),
        ("/markets", {"order": "sideways"}, "order"),
        ("/markets", {"creator": "' or ''='"}, "creator"),
        ("/changes", {"after": "-1"}, "after"),
        ("/changes", {"after": str(2**63)}, "after"),
        ("/leaderboard", {"window": "year"}, "window"),
    ],
)
async def test_a_wrong_parameter_is_422_and_named(
    api: Api, path: str, params: dict[str, str], name: str
):
    """Each input is validated; errors[] says which was wrong."""
    answer = await api.get(path, params=params)

    assert answer.status_code == 422
    assert [error["name"] for error in answer.json()["errors"]] == [name]


async def pages(api: Api, path: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """Every row of a list, page by page."""
    listed, cursor = [], params.get("cursor")
    while True:
        shown = params | ({"cursor": cursor} if cursor else {})
        answer = await api.get(path, params=shown)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["data"]) <= int(params.get("limit", 500))
        listed += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return listed
