-- Every market, beside the sums of its trades.
with traded as (
    select
        market_address,
        sum(amount) as amount,
        sum(case when side = 'buy' then amount else coalesce(gross, amount) end) as gross,
        count(*) as trades
    from marts.trades
    group by market_address
)

select
    markets.market_address,
    markets.state,
    markets.price_yes,
    markets.shares_yes,
    markets.shares_no,
    markets.volume,
    markets.volume_gross,
    markets.trade_count,
    coalesce(traded.amount, 0) as traded_amount,
    coalesce(traded.gross, 0) as traded_gross,
    coalesce(traded.trades, 0) as traded_count,
    markets.state = 'FINALIZED' and markets.finalized_at is null as lacks_finalized_at,
    markets.finalized_at < coalesce(markets.resolution_proposed_at, markets.created_at) as ends_early
from marts.markets as markets
left join traded on traded.market_address = markets.market_address
