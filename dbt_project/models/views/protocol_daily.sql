{{ config(readers='public') }}

with

wallet_days as (

    select * from {{ ref('wallet_daily') }}

),

days as (

    select
        day,

        ---------- lamports
        sum(invested + proceeds) as volume,
        sum(volume_gross) as volume_gross,
        sum(fees) as fees,
        sum(protocol_fees) as protocol_fees,
        sum(resolver_fees) as resolver_fees,
        sum(fees - protocol_fees - resolver_fees) as provider_fees,
        sum(fees - protocol_fees) as market_fees,
        sum(claimed) as claimed,

        ---------- shares, 9-decimal fixed point
        sum(shares_yes_change + shares_no_change) as shares_change,

        ---------- counts
        sum(trade_count) as trade_count,
        count(distinct wallet) filter (where trade_count > 0) as trader_count,
        count(distinct market_address) filter (where trade_count > 0) as market_count
    from wallet_days
    group by day

),

running as (

    select
        *,
        sum(shares_change) over (order by day asc) as open_interest
    from days

)

select * from running
