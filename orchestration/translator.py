"""How dbt's nodes appear in Dagster: keys, groups, owners."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster import AssetCheckSpec, AssetKey, AssetSpec
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from orchestration.shown import runbook

OWNERS = ("team:data",)
#: Word in a model's name -> its group; all others are marts.
GROUPS = {"vote": "votes", "transition": "markets", "deadline": "markets"}


class Translator(DagsterDbtTranslator):
    """``marts/<model>`` for models, ``raw/<table>`` for sources, as the database's own schemas.

    Source tests are checks too: dagster-dbt would make them mere observations.
    """

    def __init__(self) -> None:
        super().__init__(
            DagsterDbtTranslatorSettings(
                enable_source_tests_as_checks=True, enable_dbt_views_as_virtual_assets=False
            )
        )

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return AssetKey(["marts", dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        if dbt_resource_props["resource_type"] == "source":
            return str(dbt_resource_props["source_name"])
        name = dbt_resource_props["name"]
        return next((group for word, group in GROUPS.items() if word in name), "marts")

    def get_asset_check_spec(
        self,
        asset_spec: AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> AssetCheckSpec | None:
        """What dbt tells, with the chapter that says what to do when it fails."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and spec.with_metadata({**spec.metadata, **runbook("check-failed")})

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:  # noqa: ARG002 all models have one team
        return OWNERS
