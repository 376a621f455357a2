"""The pages in a real browser: filled, live, readable in the dark and on a phone, asking nobody else.

`PICTURES=folder` keeps what was seen.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.conftest import Servers, clone
from tests.integration.api import rows
from tests.integration.api.aside import Aside, served, settings_of
from tests.integration.api.sockets import Line
from tests.integration.api.test_ops import FAULTS
from tests.support.intake import until

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here"),
]

#: No name resolves, so that nobody could be asked who is not this machine.
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PICTURES = os.environ.get("PICTURES")
TRADES = 12
#: Where a long path may be broken.
UNSEEN = re.compile(r"[\s\u200b]")
#: What an operator and the next judgement make of `FAULTS`.
MENDED = """
    update ops.alerts set state = 'resolved', resolved_at = now();
    delete from ops.check_results;
    delete from ops.dead_letters;
    delete from ops.transitions;
    delete from raw.slot_ranges;
"""
Open = Callable[..., "Seen"]


@pytest.fixture(scope="module")
def api(
    servers: Servers,
    template: str,
    _redis_numbers: Iterator[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Aside]:
    """An API with a traded market, a proposed one, and a fold that ticks."""
    for name in clone(servers, template):
        home = tmp_path_factory.mktemp("api")
        settings = settings_of(servers, name, next(_redis_numbers), home)
        # Whether the fold is old is not this test's question.
        settings.__dict__.update(stale_after_ms=3_600_000, heartbeat_ms=200)
        with served(settings) as running:
            running.call(_fill)
            yield running


async def _fill(api: Aside) -> None:
    await rows.market(api.owner, 1, last_trade_at=rows.START, trade_count=TRADES)
    await rows.market(api.owner, 2, state="PROPOSED", price_yes=None)
    for k in range(TRADES):
        price = 500_000_000 + 7_000_000 * k
        await rows.trade(api.owner, 1, k, price_yes=price, side=("buy", "sell")[k % 3 == 2])
        await rows.candle(api.owner, 1, k, price)
    await rows.transition(api.owner, 1, 0, "PROPOSED", event="MarketCreated")
    await rows.transition(api.owner, 1, 1, "ACTIVE", event="MarketActivated")
    round_ = await rows.transition(api.owner, 2, 2, "PROPOSED", event="MarketCreated")
    for wallet in "abc":
        await rows.ballot(api.owner, 2, wallet, "like", "proposal", round_)
    api.line = Line(api.owner, api.service.redis)
    await api.line.tick()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=30_000)  # a busy machine draws late
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", OFFLINE]
        )
        yield chromium
        chromium.close()


@dataclass
class Seen:
    """A page, whom it asked and what it complained of."""

    page: Page
    asked: set[str | None] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def hear(self, told: ConsoleMessage) -> None:
        """Broken policies are told in the console, as is what could not be fetched."""
        if told.type == "error":
            self.complaints.append(told.text)

    def picture(self, name: str) -> None:
        if PICTURES:
            self.page.screenshot(path=Path(PICTURES) / f"{name}.png")

    def background(self) -> str:
        return self.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


@pytest.fixture
def opened(api: Aside, browser: Browser) -> Iterator[Open]:
    """Open a path; whatever the page does, it asks nobody but the API and complains of nothing."""
    all_seen: list[Seen] = []

    def opened(path: str, viewport: Any = DESK, scheme: Any = "light") -> Seen:
        page = browser.new_page(viewport=viewport, color_scheme=scheme)
        seen = Seen(page)
        all_seen.append(seen)
        page.on("request", lambda request: seen.asked.add(urlsplit(request.url).hostname))
        page.on("websocket", lambda socket: seen.asked.add(urlsplit(socket.url).hostname))
        page.on("console", seen.hear)
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.goto(f"http://{api.where}{path}")
        return seen

    yield opened
    for seen in all_seen:
        seen.page.close()
        assert seen.asked <= {"127.0.0.1", None}  # data: has no host
        assert seen.complaints == []


async def _followed(api: Aside) -> None:
    """Until the page's socket has its snapshot: our rows, unlike a line's, stay as they were then."""
    channel = api.service.hub.channel(rows.market_id(1))

    async def follows() -> bool:
        return bool(channel.in_step or channel.apart)

    await until(follows)


def test_the_board_shows_every_market_and_moves_with_the_stream(api: Aside, opened: Open):
    """Odds and tape follow what is told, without a reload."""
    seen = opened("/")
    table, tape = (
        seen.page.locator("table.markets tbody"),
        seen.page.get_by_label("Trades", exact=True),
    )
    expect(table.locator("tr")).to_have_count(2)
    expect(seen.page.locator("#freshness")).to_have_text("Live")
    row = table.locator("tr", has=seen.page.get_by_title(rows.market_id(1)))
    expect(row).to_contain_text("50")
    api.call(_followed)
    api.call(lambda api: api.line.tell(1, trade_id="t1", amount="7770000000"))
    api.call(lambda api: api.line.tell(1, "price:update", price_yes="640000000"))

    expect(row).to_contain_text("64")
    expect(row).to_contain_text(str(TRADES + 1))
    expect(tape).to_contain_text("7.77 SOL")
    assert row.get_by_role("cell").all_inner_texts()[1:3] == ["Active", "64.0%"]
    seen.picture("board-light")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_a_market_shows_its_candles_its_life_and_its_votes(opened: Open, viewport):
    """Also on a phone, where nothing is wider than the screen."""
    seen = opened(f"/#/market/{rows.market_id(1)}", viewport)
    page = seen.page
    expect(page.get_by_label("Life").locator("li")).to_have_count(2)
    expect(page.get_by_label("YES price candles").locator("canvas").first).to_be_visible()
    expect(page.get_by_label("Facts")).to_contain_text("Creator")
    expect(page.get_by_label("Trades", exact=True)).to_contain_text("Buy YES")

    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    assert overflow <= 0
    seen.picture(f"market-{viewport['width']}")


def test_a_proposed_market_shows_how_its_vote_stands(opened: Open):
    """Three likes by ballot."""
    seen = opened(f"/#/market/{rows.market_id(2)}")

    expect(seen.page.get_by_label("Votes")).to_contain_text("3")
    expect(seen.page.get_by_label("Price of YES")).to_contain_text("Not traded yet")
    assert "Buy" not in seen.page.get_by_label("Trades", exact=True).inner_text()


def test_the_board_fits_a_phone_and_keeps_to_the_dark(opened: Open):
    """Another ground in the dark; no sideways scrolling."""
    dark, light = opened("/", PHONE, "dark"), opened("/", PHONE, "light")
    for seen in (dark, light):
        expect(seen.page.locator("table.markets tbody tr")).to_have_count(2)
        assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    dark.picture("board-phone-dark")

    assert dark.background() != light.background()


def test_an_unknown_market_is_said_in_words(opened: Open):
    """No blank page for a wrong link."""
    seen = opened(f"/#/market/{'ab' * 32}")

    expect(seen.page.locator("main")).to_contain_text("There is no such market")
    assert seen.complaints
    assert all("404" in told for told in seen.complaints)
    seen.complaints.clear()  # the browser's word for what was asked on purpose


def _signed_in(api: Aside, seen: Seen) -> None:
    """Type an admin's key where the desk asks for one."""
    key = api.call(lambda api: rows.key(api.owner, "admin"))
    seen.page.get_by_label("Admin key").fill(key)
    seen.page.get_by_role("button", name="Open the desk").click()
    expect(seen.page.locator("dl.tiles")).to_be_visible()


def test_the_desk_opens_for_an_admins_key_alone(api: Aside, opened: Open):
    """A key that is none is refused in words; a good one is asked for until the tab is closed."""
    seen = opened("/ops")
    seen.page.get_by_label("Admin key").fill("ol_this_is_none")
    seen.page.get_by_role("button", name="Open the desk").click()
    expect(seen.page.get_by_role("alert")).to_contain_text("not valid")
    assert len(seen.complaints) == 1
    assert "401" in seen.complaints.pop()

    _signed_in(api, seen)
    seen.page.reload()

    expect(seen.page.locator("dl.tiles")).to_be_visible()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_desk_shows_what_is_wrong_and_that_it_is_over(api: Aside, opened: Open, viewport):
    """Alert, check, letter and transition by their own words; mended, without a reload."""
    api.call(lambda api: api.owner.execute(FAULTS))
    seen = opened("/ops", viewport)
    _signed_in(api, seen)
    alerts, checks = (seen.page.get_by_label(name, exact=True) for name in ("Alerts", "Checks"))
    expect(alerts).to_contain_text("3 markets should have moved")
    expect(checks).to_contain_text("price in unit")
    expect(checks.locator("tr", has_text="price in unit")).to_contain_text("fail")
    expect(seen.page.get_by_label("Dead letters")).to_contain_text("no fee budget")
    expect(seen.page.get_by_label("Transitions", exact=True)).to_contain_text("Unauthorized")
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    seen.picture(f"ops-{viewport['width']}")

    api.call(lambda api: api.owner.execute(MENDED))

    expect(alerts).to_contain_text("resolved")
    expect(seen.page.get_by_label("Dead letters")).to_contain_text("No letter waits")


def test_the_documentation_can_be_read_without_a_network(opened: Open):
    """Every path of the document, drawn by files of this process."""
    seen = opened("/docs")
    expect(seen.page.locator("rapi-doc")).to_contain_text("Oddsline")
    told = json.loads((Path(__file__).parents[3] / "api" / "openapi.json").read_text())["paths"]
    listed = seen.page.locator("rapi-doc .nav-bar-path")
    expect(listed).to_have_count(sum(len(operations) for operations in told.values()))
    texts = [UNSEEN.sub("", text) for text in listed.all_inner_texts()]
    seen.picture("docs")

    for path in told:
        assert any(text.endswith(path) for text in texts), path
