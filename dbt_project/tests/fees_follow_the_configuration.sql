-- What the configuration in force at a trade's slot asks of its gross is what the trade paid, kind by
-- kind. A slot in which the configuration changed is left out: its trades may lie on either side.
{{ config(meta={'dagster': {'ref': {'name': 'trades'}}}) }}

with

rates as (

    select
        protocol_fee_bps,
        resolver_reward_bps,
        protocol_fee_bps + resolver_reward_bps + liquidity_provider_fee_bps as all_bps,
        slot as from_slot,
        coalesce(until_chain_order >> 27, 9223372036854775807) as until_slot
    from {{ ref('protocol_config') }}

),

owed as (

    select
        trades.trade_id,
        trades.fee,
        trades.protocol_fee,
        trades.resolver_fee,
        div(trades.gross * rates.all_bps, 10000) as fee_owed,
        div(trades.fee * rates.protocol_fee_bps, nullif(rates.all_bps, 0)) as protocol_fee_owed,
        div(trades.fee * rates.resolver_reward_bps, nullif(rates.all_bps, 0)) as resolver_fee_owed
    from {{ ref('trades') }} as trades
    inner join rates on trades.slot > rates.from_slot and trades.slot < rates.until_slot
    where trades.gross is not null

)

select
    trade_id,
    fee,
    fee_owed
from owed
where
    fee <> fee_owed
    or protocol_fee <> coalesce(protocol_fee_owed, 0)
    or resolver_fee <> coalesce(resolver_fee_owed, 0)
