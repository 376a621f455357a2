"""The `live` materialization by itself, on a small dbt project of its own."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg

from oddsline.marts import PROJECT, environment
from tests.support.events import Chain, Market, P, land

SELECT = """{{ config(materialized='live', readers='public', contract={'enforced': true}) }}
select market_address, count(*) as n from {{ source('raw', 'events') }} group by 1
"""
SOURCES = "sources: [{name: raw, schema: raw, tables: [{name: events}]}]\n"


def project(folder: Path, tiny: str | None = None) -> Path:
    """A project with our macros and, where its columns are given, one model `tiny`."""
    (folder / "models").mkdir(exist_ok=True)
    (folder / "dbt_project.yml").write_text(
        f"name: tiny\nversion: '1.0'\nprofile: oddsline\nmacro-paths: ['{PROJECT / 'macros'}']\n"
        "models:\n  +persist_docs: {relation: true, columns: true}\n"
    )
    (folder / "models" / "sources.yml").write_text(SOURCES)
    if tiny is not None:
        add_model(folder, "tiny", SELECT, tiny)
    return folder


def add_model(folder: Path, name: str, select: str, columns: str) -> None:
    """One .sql and one .yml entry, as CONTRIBUTING has it."""
    (folder / "models" / f"{name}.sql").write_text(select)
    entry = f"models:\n  - name: {name}\n    columns:\n{columns}"
    (folder / "models" / f"{name}.yml").write_text(entry)


def column(name: str, kind: str, merge: str | None) -> str:
    """One column's entry."""
    meta = f", config: {{meta: {{merge: {merge}}}}}" if merge else ""
    return f"      - {{name: {name}, data_type: {kind}{meta}}}\n"


def build(folder: Path, url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dbt.cli.main", "run", "--project-dir", str(folder)]
    command += ["--profiles-dir", str(PROJECT), "--target-path", str(folder / "target")]
    command += ["--log-path", str(folder / "logs"), "--no-use-colors"]
    return subprocess.run(
        command, env=os.environ | environment(url), capture_output=True, text=True, check=False
    )


#: Model -> its columns, and what the build says of them.
FAULTY = {
    "no_merge": (column("market_address", "text", "key") + column("n", "bigint", None), "no_merge.n"),
    "unknown_merge": (column("market_address", "text", "key") + column("n", "bigint", "guess"), "guess"),
    "no_key": (column("market_address", "text", "max") + column("n", "bigint", "sum"), "no key column"),
    "other_type": (column("market_address", "text", "key") + column("n", "text", "sum"), "n "),
}  # fmt: skip


async def test_a_model_that_does_not_say_how_it_merges_fails_the_build(
    bare_database: str, tmp_path: Path
) -> None:
    """Each faulty model ends with an error of its own that names the fault, and leaves no table."""
    folder = project(tmp_path)
    for name, (columns, _) in FAULTY.items():
        add_model(folder, name, SELECT, columns)

    done = build(folder, bare_database)

    assert done.returncode != 0
    errors = done.stdout.split("in model ")[1:]
    told = {error.split()[0]: error for error in errors}
    for name, (_, complaint) in FAULTY.items():
        assert complaint in told[name], done.stdout
    connection = await asyncpg.connect(bare_database)
    found = [
        await connection.fetchval("select to_regclass($1)", f"marts.{name}") for name in FAULTY
    ]
    await connection.close()
    assert found == [None] * len(FAULTY)


async def test_a_new_model_is_a_table_its_fold_and_its_registration(
    bare_database: str, tmp_path: Path
) -> None:
    """One .sql and one .yml entry: built, then kept fresh by live.fold."""
    columns = column("market_address", "text", "key") + column("n", "bigint", "sum")
    done = build(project(tmp_path, columns), bare_database)
    assert done.returncode == 0, done.stdout
    connection = await asyncpg.connect(bare_database)
    market = Market(Chain(), 1)
    for who in range(3):
        await land(connection, [market.bought(who, P)])
        await connection.fetchrow("select * from live.fold(100)")

    row = await connection.fetchrow("select * from marts.tiny")
    await connection.close()

    assert tuple(row) == (market.address, 3)


async def test_a_contract_that_the_rows_break_fails_the_build(
    bare_database: str, tmp_path: Path
) -> None:
    """A check of the contract is the table's own: rows against it end the build, no mart appears."""
    connection = await asyncpg.connect(bare_database)
    await land(connection, [Market(Chain(), 1).bought(1, P)])
    await connection.execute(
        "update live.cursors set seq = (select max(seq) from raw.events) where name = 'events'"
    )
    broken = "      - {name: n, data_type: bigint, constraints: [{type: check, expression: n < 0}],"
    columns = (
        column("market_address", "text", "key") + f"{broken} config: {{meta: {{merge: sum}}}}}}\n"
    )

    done = build(project(tmp_path, columns), bare_database)

    found = await connection.fetchval("select to_regclass('marts.tiny')")
    await connection.close()
    assert done.returncode != 0
    assert "tiny_n_check" in done.stdout
    assert found is None


async def test_what_two_models_share_is_worked_out_once_a_batch(
    bare_database: str, tmp_path: Path
) -> None:
    """An ephemeral model that both read stands once in the statement that folds both."""
    folder = project(tmp_path)
    (folder / "models" / "shared.sql").write_text(
        "{{ config(materialized='ephemeral') }}\n"
        "-- a parenthesis ) and a quote ' in a comment\n"
        "select market_address, ')' as odd from {{ source('raw', 'events') }}\n"
    )
    columns = column("market_address", "text", "key") + column("n", "bigint", "sum")
    for name in ("tiny", "other"):
        select = SELECT.replace("{{ source('raw', 'events') }}", "{{ ref('shared') }}")
        add_model(folder, name, select, columns)
    done = build(folder, bare_database)
    assert done.returncode == 0, done.stdout
    connection = await asyncpg.connect(bare_database)
    await land(connection, [Market(Chain(), 1).bought(1, P)])
    await connection.fetchrow("select * from live.fold(100)")

    folded = await connection.fetch("select n from marts.tiny union all select n from marts.other")
    statement = await connection.fetchval(
        "select prosrc from pg_proc where proname = 'fold_models'"
    )
    await connection.close()

    assert [row["n"] for row in folded] == [1, 1]
    assert statement.count("as odd") == 1
