"""How tables of refused scenarios are written."""

from collections.abc import Callable

import pytest

from tests.unit.chain.local.market_vm import MarketVm, Receipt

Case = Callable[[MarketVm], Receipt]
Table = list[tuple[int, str, Case]]


def noting(table: Table) -> Callable[[int, str], Callable[[Case], Case]]:
    """A decorator that adds a scenario, whose last transaction fails with `code`, to a table."""

    def refuses(code: int, why: str) -> Callable[[Case], Case]:
        def note(case: Case) -> Case:
            table.append((code, why, case))
            return case

        return note

    return refuses


def params(table: Table) -> list[object]:
    """The table for `pytest.mark.parametrize`: code and case, named by what is refused."""
    return [pytest.param(code, case, id=f"{code} {why}") for code, why, case in table]
