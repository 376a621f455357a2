{{ config(readers='public') }}

with

wallet_days as (

    select * from {{ ref('wallet_daily') }}

),

-- Windows are whole UTC days of chain time, counted back from the latest day that has one.
latest as (

    select max(day) as day
    from wallet_days

),

windows as (

    select
        named.name,
        latest.day - named.days as after_day
    from latest
    cross join (values ('day', 1), ('week', 7), ('month', 30), ('all', 1000000)) as named (name, days)

),

wallets as (

    select
        windows.name as window_name,
        wallet_days.wallet,
        sum(wallet_days.invested + wallet_days.proceeds) as volume,
        sum(wallet_days.trade_count) as trade_count,
        count(distinct wallet_days.market_address) as market_count,
        sum(wallet_days.proceeds + wallet_days.claimed - wallet_days.invested) as net_cash
    from windows
    inner join wallet_days on windows.after_day < wallet_days.day
    group by windows.name, wallet_days.wallet

),

ranked as (

    select
        *,
        rank() over (partition by window_name order by volume desc) as volume_rank,
        rank() over (partition by window_name order by net_cash desc) as net_cash_rank
    from wallets

)

select * from ranked
