-- Every wallet that traded in a market within the last day: its position beside all of its trades.
with traded as (
    select
        market_address,
        wallet,
        coalesce(sum(amount) filter (where side = 'buy'), 0) as invested,
        coalesce(sum(amount) filter (where side = 'sell'), 0) as proceeds,
        coalesce(sum(case side when 'buy' then shares else -shares end) filter (where outcome = 'YES'), 0) as yes,
        coalesce(sum(case side when 'buy' then shares else -shares end) filter (where outcome = 'NO'), 0) as no,
        count(*) as trades,
        max(traded_at) as last_trade_at
    from marts.trades
    group by market_address, wallet
)

select
    market_address,
    wallet,
    coalesce(held.invested, 0) as invested,
    coalesce(held.proceeds, 0) as proceeds,
    coalesce(held.shares_yes, 0) as shares_yes,
    coalesce(held.shares_no, 0) as shares_no,
    coalesce(held.trade_count, 0) as trade_count,
    coalesce(traded.invested, 0) as traded_invested,
    coalesce(traded.proceeds, 0) as traded_proceeds,
    coalesce(traded.yes, 0) as traded_yes,
    coalesce(traded.no, 0) as traded_no,
    coalesce(traded.trades, 0) as traded_count
from marts.positions as held
full outer join traded using (market_address, wallet)
where greatest(held.last_trade_at, traded.last_trade_at) > now() - interval '1 day'
