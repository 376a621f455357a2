"""The watch beside a real chain: whose keys its GlobalConfig names."""

import asyncio
import json
from pathlib import Path

import dagster as dg
import pytest
from solders.keypair import Keypair

from orchestration.watch import definitions as watch
from tests.support.keeping import Ground, ground

pytestmark = pytest.mark.filterwarnings("default")

CHECK = "authorities_are_ours"


def looked() -> dg.AssetCheckEvaluation:
    """What Dagster's check of the keys says now."""
    defs = dg.Definitions.merge(
        watch.definitions(), dg.Definitions(executor=dg.in_process_executor)
    )
    with dg.DagsterInstance.ephemeral() as instance:
        done = defs.resolve_job_def("watch_transitions_job").execute_in_process(instance=instance)
    return next(one for one in done.get_asset_check_evaluations() if one.check_name == CHECK)


async def alerts(world: Ground) -> list[tuple[str, str, str]]:
    """Alerts of the keys: subject, severity, state."""
    found = await world.connection.fetch(
        "select subject, severity, state from ops.alerts where rule = 'authority_mismatch'"
    )
    return [(row["subject"], row["severity"], row["state"]) for row in found]


async def test_a_chain_that_names_another_key_fails_the_check_and_alerts(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Its GlobalConfig was made for other keys than ours; with the right one both are well again."""
    stranger = Keypair()
    path = tmp_path / "stranger.json"
    path.write_text(stranger.to_json())
    async with ground(database, tmp_path) as world:
        for name, value in world.environment(keypair_backend=path).items():
            monkeypatch.setenv(name, value)
        wrong = await asyncio.to_thread(looked)
        fired = await alerts(world)
        for name, value in world.environment().items():
            monkeypatch.setenv(name, value)
        right = await asyncio.to_thread(looked)
        resolved = await alerts(world)
        config = await world.client.config()

    assert not wrong.passed
    assert wrong.severity is dg.AssetCheckSeverity.ERROR
    assert wrong.metadata["runbook"].value == "docs/runbook.md#authority-mismatch"
    (told,) = json.loads(json.dumps(wrong.metadata["details"].value))
    assert (told["ours"], told["chain"]) == (str(stranger.pubkey()), config.backend_authority)
    assert fired == [("backend", "critical", "firing")]
    assert right.passed
    assert resolved == [("backend", "critical", "resolved")]
