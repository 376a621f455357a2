"""The five questions that analysts ask first, answered from the marts as the analyst.

`make notebook` opens it; it reads the line that the environment names (ODDSLINE_ANALYST_URL).
"""

# Cells are functions whose signatures marimo writes, in a folder that is no package.
# ruff: noqa: ANN001, ANN202, INP001
# mypy: allow-untyped-defs

import marimo

__generated_with = "0.25"
app = marimo.App(width="medium", app_title="Oddsline: five questions")


@app.cell
def _():
    import marimo as mo

    from oddsline import blocking, settings

    def ask(statement: str) -> list[blocking.Row]:
        """Rows of one statement, read as the analyst: marts only, one minute at most."""
        url = settings.load().analyst_url
        assert url, "ODDSLINE_ANALYST_URL is not set"
        with blocking.session(url, name="notebook") as connection:
            return blocking.rows(connection, statement)

    mo.md(
        """
        # Five questions

        Amounts are SOL (1 SOL = 10⁹ lamports), prices are between 0 and 1, days are UTC days of
        chain time. Every figure comes from `marts`, whose columns `make docs` describes.
        """
    )
    return ask, mo


@app.cell
def _(ask, mo):
    volume = ask(
        """
        select
            day, round(volume / 1e9, 3) as volume, round(fees / 1e9, 4) as fees,
            round(protocol_fees / 1e9, 4) as protocol_fees,
            round(market_fees / 1e9, 4) as resolver_and_liquidity_fees,
            trade_count, trader_count, market_count
        from marts.protocol_daily
        order by day desc
        limit 90
        """
    )
    mo.vstack([mo.md("## 1. How much is traded, and what does it earn?"), mo.ui.table(volume)])
    return (volume,)


@app.cell
def _(ask, mo):
    calibration = ask(
        """
        select
            width_bucket(trades.price_yes / 1e9, 0, 1, 10) / 10.0 - 0.05 as price,
            count(*) as trades,
            count(distinct trades.market_address) as markets,
            round(avg((markets.final_outcome = 'YES')::integer), 3) as share_that_ended_yes
        from marts.trades as trades
        inner join marts.markets as markets on trades.market_address = markets.market_address
        where markets.final_outcome in ('YES', 'NO')
        group by 1
        order by 1
        """
    )
    mo.vstack(
        [
            mo.md(
                """
                ## 2. Do prices mean what they say?

                Of the trades at a YES price near 0.25, a quarter should be in markets that ended
                YES. Prices are the chain's own, as emitted: its approximation of e^x flattens far
                from the middle.
                """
            ),
            mo.ui.table(calibration),
        ]
    )
    return (calibration,)


@app.cell
def _(ask, mo):
    wallets = ask(
        """
        select
            wallet, round(realized_pnl / 1e9, 4) as realized_pnl,
            round(unrealized_pnl / 1e9, 4) as unrealized_pnl,
            round(invested / 1e9, 4) as invested, market_count, settled_count, win_rate
        from marts.wallets
        order by realized_pnl desc
        limit 25
        """
    )
    mo.vstack([mo.md("## 3. Who trades best?"), mo.ui.table(wallets)])
    return (wallets,)


@app.cell
def _(ask, mo):
    disputes = ask(
        """
        select
            coalesce(final_outcome, 'not decided') as final_outcome,
            count(*) as resolved_markets,
            count(*) filter (where was_disputed) as disputed,
            count(*) filter (where was_disputed and final_outcome is distinct from proposed_outcome)
                as overturned_or_open,
            round(avg(extract(epoch from finalized_at - resolution_proposed_at)) / 3600, 2)
                as hours_to_the_end
        from marts.market_deadlines
        group by 1
        order by 2 desc
        """
    )
    mo.vstack(
        [
            mo.md("## 4. How often are resolutions disputed, and who is right?"),
            mo.ui.table(disputes),
        ]
    )
    return (disputes,)


@app.cell
def _(ask, mo):
    freshness = ask(
        """
        select
            'trades' as mart, count(*) as rows, max(traded_at) as latest, max(slot) as latest_slot
        from marts.trades
        union all
        select 'lifecycle_events', count(*), max(occurred_at), max(slot) from marts.lifecycle_events
        union all
        select 'markets', count(*), max(last_trade_at), max(last_slot) from marts.markets
        """
    )
    mo.vstack([mo.md("## 5. How fresh is all of this?"), mo.ui.table(freshness)])
    return (freshness,)


if __name__ == "__main__":
    app.run()
