{{ config(readers='own_wallet') }}

with

positions as (

    select * from {{ ref('position_pnl') }}

),

wallets as (

    select
        ---------- ids
        wallet,

        ---------- lamports
        sum(invested) as invested,
        sum(proceeds) as proceeds,
        sum(claimed) as claimed,
        sum(realized_pnl) as realized_pnl,
        sum(unrealized_pnl) as unrealized_pnl,

        ---------- counts
        sum(trade_count) as trade_count,
        count(*) as market_count,
        count(*) filter (where is_settled) as settled_count,
        count(*) filter (where is_settled and realized_pnl > 0) as won_count,

        ---------- ratios
        round(
            cast(count(*) filter (where is_settled and realized_pnl > 0) as numeric)
            / nullif(count(*) filter (where is_settled), 0), 4
        ) as win_rate,

        ---------- timestamps
        min(first_trade_at) as first_trade_at,
        max(last_trade_at) as last_trade_at
    from positions
    group by wallet

)

select * from wallets
