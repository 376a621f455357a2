{{ config(readers='own_wallet') }}

with

positions as (

    select * from {{ ref('positions') }}

),

markets as (

    select * from {{ ref('markets') }}

),

priced as (

    select
        positions.*,
        markets.state,
        markets.final_outcome,
        markets.price_yes
    from positions
    inner join markets on positions.market_address = markets.market_address

),

-- Order-free: what the shares sold had cost is their part of all that was paid for such shares,
-- in whole lamports, so that sold and held add up to what was paid.
costed as (

    select
        *,
        coalesce(div(invested_yes * sold_yes, nullif(bought_yes, 0)), 0)
        + coalesce(div(invested_no * sold_no, nullif(bought_no, 0)), 0) as cost_of_sold
    from priced

),

valued as (

    select
        ---------- ids
        market_id,
        market_address,
        wallet,

        ---------- strings
        state,
        final_outcome,

        ---------- lamports
        invested,
        proceeds,
        claimed,
        -- After the end nothing more can come than claims: what is held has become their cost.
        case
            when coalesce(state = 'FINALIZED', false) then proceeds + claimed - invested
            else proceeds - cost_of_sold
        end as realized_pnl,
        case
            when coalesce(state = 'FINALIZED', false) then 0
            else
                div(shares_yes * coalesce(price_yes, 0), 1000000000)
                + div(shares_no * (1000000000 - coalesce(price_yes, 1000000000)), 1000000000)
                - (invested - cost_of_sold)
        end as unrealized_pnl,
        case when coalesce(state = 'FINALIZED', false) then 0 else invested - cost_of_sold end as cost_of_held,

        ---------- booleans
        coalesce(state = 'FINALIZED', false) as is_settled,

        ---------- counts
        trade_count,

        ---------- timestamps
        first_trade_at,
        last_trade_at
    from costed

)

select * from valued
