"""What a quality suite is made of: plain values, so that naming the rules costs no import of GX."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from oddsline.alerts import Severity


@dataclass(frozen=True)
class Rule:
    """One expectation about a suite's rows.

    ``expects`` is the name of a Great Expectations class, ``given`` its arguments; ``why`` says
    what is wrong in the world when it fails.
    """

    name: str
    expects: str
    given: Mapping[str, Any]
    why: str
    severity: Severity = "critical"


def holds(column: str, why: str, severity: Severity = "critical") -> Rule:
    """``column`` is true in every row; the rule has its name."""
    given = {"column": column, "value_set": [True]}
    return Rule(column, "ExpectColumnValuesToBeInSet", given, why, severity)


def equal(name: str, columns: tuple[str, str], why: str, severity: Severity = "critical") -> Rule:
    """Two columns agree in every row."""
    given = dict(zip(("column_A", "column_B"), columns, strict=True))
    return Rule(name, "ExpectColumnPairValuesToBeEqual", given, why, severity)


def within(
    name: str,
    column: str,
    why: str,
    *,
    least: float | None = None,
    most: float | None = None,
    severity: Severity = "critical",
) -> Rule:
    """``column`` lies between ``least`` and ``most``, both included; nulls say nothing."""
    given = {"column": column, "min_value": least, "max_value": most}
    given = {name: value for name, value in given.items() if value is not None}
    return Rule(name, "ExpectColumnValuesToBeBetween", given, why, severity)


@dataclass(frozen=True)
class Suite:
    """Rules about the rows of one query (``checks/sql/<rows>.sql``).

    ``asset`` is the Dagster asset that the rules judge; ``key`` are the columns that name a row in
    a sample. Where two systems are compared no query yields the rows: ``rows`` is None, ``columns``
    names what whoever reads both sides hands over.
    """

    name: str
    asset: tuple[str, ...]
    rows: str | None
    key: tuple[str, ...]
    rules: tuple[Rule, ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What one rule said about the rows of one moment; ``sample`` is capped."""

    suite: str
    rule: Rule
    passed: bool
    observed: Mapping[str, Any] = field(default_factory=dict)
    sample: tuple[Mapping[str, Any], ...] = ()
