{{ config(readers='public') }}

with

-- The fold's housekeeping sums wallet_daily by window every few seconds: over millions of trades the
-- same sums would take a reader seconds.
wallets as (

    select * from {{ source('kept', 'wallet_rank') }}

),

ranked as (

    select
        *,
        rank() over (partition by window_name order by volume desc) as volume_rank,
        rank() over (partition by window_name order by net_cash desc) as net_cash_rank
    from wallets

)

select * from ranked
