"""kill -9 of the count at every durable step: one approval on chain, and the tally is what it says."""

import signal
from collections.abc import Iterator

import httpx2
import pytest

from oddsline import blocking
from oddsline.line import Line
from tests.crash.aggregation_run import STEPS, main
from tests.support.dying import FORKS
from tests.support.voting import CORE, Public
from votes.memo import TallyMemo
from votes.recount.chain import Chain

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def public() -> Iterator[Public]:
    with Line.private(CORE, durable=False) as line:
        headers = {"X-API-Key": line.service_key}
        with httpx2.Client(base_url=line.url("api"), headers=headers, timeout=10) as api:
            yield Public(line, api)


def aggregate(public: Public, step: str | None = None) -> int | None:
    """A run in a process of its own, forked off one that has loaded all there is; how it ended."""
    run = FORKS.Process(target=main, args=(public.line.env, step), daemon=True)
    run.start()
    run.join(120)
    run.kill()
    return run.exitcode


def carried(public: Public, market_id: str) -> list[dict[str, object]]:
    with blocking.session(public.line.database_url, name="test") as connection:
        return blocking.rows(
            connection,
            "select in_favour, against, memo from ops.tallies "
            "where market_id = %(id)s and memo is not null",
            {"id": market_id},
        )


def memos(public: Public, market_id: str) -> list[TallyMemo]:
    """What the chain was told, by its own history."""
    with Chain(public.line.url("chain")) as chain:
        address = chain.market(public.known.program_id, market_id).address
        return [memo for _, memo in chain.memos(address)]


@pytest.mark.parametrize("step", STEPS)
def test_a_count_that_was_killed_ends_in_one_approval(public: Public, step: str):
    """Between death and the next run one more votes: chain, memo and tally still say the same."""
    market_id = public.proposed()
    for _ in range(3):
        assert public.cast(market_id, "like").status_code == 202

    assert aggregate(public, step) == -signal.SIGKILL
    # Where the keeper was faster than death the market is open already, and takes no ballot.
    assert public.cast(market_id, "dislike").status_code in {202, 422}
    assert aggregate(public) == 0

    public.until_state(market_id, "ACTIVE")
    moves = public.api.get(f"/markets/{market_id}/transitions").json()["data"]
    assert [move["event"] for move in moves].count("ProposalApproved") == 1
    (tally,), (memo,) = carried(public, market_id), memos(public, market_id)
    account = public.account(market_id)
    told = (account.proposal_likes, account.proposal_dislikes)
    assert told == (memo.favour, memo.against) == (tally["in_favour"], tally["against"])
    assert tally["memo"] == memo.text()
