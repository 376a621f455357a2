"""One look: facts, symptoms, alerts. Whoever looks, the rules are the same."""

import time
from dataclasses import dataclass, field

import structlog

from chain.keeper.signers import FileSigner, SignerMissing
from chain.rpc_errors import RpcError
from oddsline import blocking
from orchestration.chain_view import ChainView, Moment, NoConfig
from orchestration.settings import OrchestrationSettings
from orchestration.watch import facts, symptoms, telling
from orchestration.watch.facts import Facts, Success, Tick, Trend
from orchestration.watch.kept import Kept
from orchestration.watch.symptoms import Symptom

#: Over weeks of history these take the database up to seconds: not at every look.
SUCCESS_EVERY_S, TRENDS_EVERY_S, CHECKED_EVERY_S = 30.0, 60.0, 30.0
log = structlog.get_logger(__name__)


@dataclass
class Watch:
    """Looks again and again; remembers since when, and for a while what is slow to read."""

    settings: OrchestrationSettings
    chain: ChainView
    since: float = field(default_factory=time.monotonic)
    success: Kept[tuple[Success, ...]] = field(
        default_factory=lambda: Kept(facts.success, SUCCESS_EVERY_S)
    )
    trends: Kept[tuple[Trend, ...]] = field(
        default_factory=lambda: Kept(facts.trends, TRENDS_EVERY_S)
    )
    checked: Kept[tuple[Tick, ...]] = field(
        default_factory=lambda: Kept(facts.checked, CHECKED_EVERY_S)
    )

    def look(self) -> tuple[Facts, dict[str, list[Symptom]]]:
        """Read everything, judge it, tell the alerts.

        Raises:
            psycopg2.Error: the database is away.
        """
        known, moment = self.settings, moment_of(self.chain)
        periods = None if moment is None else known.periods(moment.config.dispute_period)
        limits = known.watch_limits
        with blocking.session(known.database_url, name="watch") as connection:
            found = facts.read(
                connection,
                periods=periods,
                now=0 if moment is None else moment.now,
                grace_s=known.monitor_grace_s,
                times=known.watch_failures,
                gap_s=limits.gap_s,
                checked=self.checked,
                success=self.success,
                trends=self.trends,
            )
            watched_s = time.monotonic() - self.since
            judged = symptoms.all_of(found, limits, watched_s=watched_s)
            if moment is not None:
                keys = own_keys(known)
                judged[symptoms.AUTHORITY_MISMATCH] = symptoms.authority(keys, moment.config)
            telling.tell(connection, judged)
        return found, judged


def moment_of(chain: ChainView) -> Moment | None:
    """The chain's clock and configuration; None while it does not answer."""
    try:
        return chain.moment()
    except (RpcError, NoConfig) as error:
        log.warning("chain_away", error=str(error))
        return None


def own_keys(settings: OrchestrationSettings) -> dict[str, str]:
    """Address by role, of the keypair files that lie here; elsewhere the keeper compares."""
    files = {"admin": settings.keypair_admin, "backend": settings.keypair_backend}
    found = {}
    for role, path in files.items():
        if path is None:
            continue
        try:
            found[role] = FileSigner.load(path).address
        except SignerMissing as error:
            log.warning("no_key", role=role, error=str(error))
    return found
