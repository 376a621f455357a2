"""Runs suites with Great Expectations.

The only module that imports it, and only when called: the import alone costs seven seconds of CPU.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.suite import Rule, Suite, Verdict
from oddsline import blocking

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuite
    from great_expectations.data_context.data_context.abstract_data_context import (
        AbstractDataContext,
    )

SQL = Path(__file__).with_name("sql")
SAMPLE_ROWS = 5


Row = Mapping[str, Any]
#: What a suite judges: a database that its query asks, or the rows themselves.
Source = str | Iterable[Row]


def judge(suite: Suite, source: Source) -> list[Verdict]:
    """Run one suite over the rows its query yields now, or over those at hand.

    Args:
        suite: the rules, and the name of their query or the columns of their rows.
        source: a ``postgresql://`` URL; for a suite without a query its rows.

    Returns:
        One verdict per rule, in the suite's order. A rule that could not be evaluated (its column
        is gone) has not passed, and says so in ``observed``.
    """
    return _judge(new_context(), suite, source)


def write_docs(sources: Iterable[tuple[Suite, Source]], folder: Path) -> None:
    """Judge suites and write Great Expectations' Data Docs of it: ``folder/index.html`` and more.

    Results are not recorded: this is for reading.
    """
    context = new_context()
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.absolute())}
    index = {"class_name": "DefaultSiteIndexBuilder"}
    site: Any = {"class_name": "SiteBuilder", "store_backend": store, "site_index_builder": index}
    context.add_data_docs_site("checks", site)
    for suite, source in sources:
        _judge(context, suite, source)
    context.build_data_docs(["checks"])


def _judge(context: "AbstractDataContext", suite: Suite, source: Source) -> list[Verdict]:
    import great_expectations as gx

    batch, parameters = _batch(context, suite, source)
    validation = context.validation_definitions.add(
        gx.ValidationDefinition(
            name=suite.name, data=batch, suite=context.suites.add(_expectations(suite))
        )
    )
    result = validation.run(
        batch_parameters=parameters,
        result_format={
            "result_format": "SUMMARY",
            "partial_unexpected_count": SAMPLE_ROWS,
            "unexpected_index_column_names": list(suite.key),
        },
    )
    outcomes: list[Any] = [one.to_json_dict() for one in result.results]
    found = {one["expectation_config"]["meta"]["rule"]: one for one in outcomes}
    return [_verdict(suite, rule, found[rule.name]) for rule in suite.rules]


def new_context() -> "AbstractDataContext":
    """An ephemeral context: results are kept in ops.check_results, not in files."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # it would tell its makers of every run
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    # They would fill the step's log.
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def _batch(
    context: "AbstractDataContext", suite: Suite, source: Source
) -> tuple[Any, dict[str, Any] | None]:
    """The batch's definition, and what it needs when it is run."""
    if suite.rows is None:
        import pandas as pd

        assert not isinstance(source, str), f"{suite.name} has no query: it is given its rows"
        # As objects: a column of true, false and null stays that.
        frame = pd.DataFrame(list(source), columns=list(suite.columns), dtype=object)
        held = context.data_sources.add_pandas(suite.name).add_dataframe_asset(suite.name)
        return held.add_batch_definition_whole_dataframe("now"), {"dataframe": frame}
    assert isinstance(source, str), f"{suite.name} asks a database"
    # The driver is named: a bare postgresql:// means psycopg 3 to SQLAlchemy 2.1.
    driver = "postgresql+psycopg2://" + source.split("://", 1)[1]
    database = context.data_sources.add_postgres(suite.name, connection_string=driver)
    # Wrapped, since GX wants the first word to be select, and ours opens with a comment.
    query = f"select * from ({blocking.read_sql(SQL, suite.rows)}) as looked_at"
    asset = database.add_query_asset(suite.rows, query=query)
    return asset.add_batch_definition_whole_table("now"), None


def _expectations(suite: Suite) -> "ExpectationSuite":
    import great_expectations as gx

    collected = gx.ExpectationSuite(name=suite.name)
    for rule in suite.rules:
        kind = getattr(gx.expectations, rule.expects)
        collected.add_expectation(
            kind(**rule.given, severity=rule.severity, meta={"rule": rule.name, "why": rule.why})
        )
    return collected


def _verdict(suite: Suite, rule: Rule, outcome: Mapping[str, Any]) -> Verdict:
    said = outcome["result"]
    sample: Sequence[Mapping[str, Any]] = said.get("partial_unexpected_index_list") or []
    wanted = ("observed_value", "element_count", "unexpected_count", "unexpected_percent")
    observed = {name: said[name] for name in wanted if name in said}
    if error := _error(outcome.get("exception_info") or {}):
        observed["error"] = error
    return Verdict(
        suite=suite.name,
        rule=rule,
        passed=bool(outcome["success"]),
        observed=observed,
        sample=tuple(sample[:SAMPLE_ROWS]),
    )


def _error(info: Mapping[str, Any]) -> str | None:
    """The message of an evaluation that failed; GX nests it by metric when a metric is at fault."""
    candidates = [info, *(part for part in info.values() if isinstance(part, Mapping))]
    for candidate in candidates:
        if candidate.get("raised_exception") and candidate.get("exception_message"):
            return str(candidate["exception_message"])
    return None
