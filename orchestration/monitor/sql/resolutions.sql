-- What is known of resolved markets: their price, and what their resolvers hold of them.
select
    markets.market_id,
    markets.market_address,
    markets.price_yes,
    coalesce(extract(epoch from markets.activated_at)::bigint, 0) as activated_at,
    coalesce(positions.shares_yes, 0) as resolver_shares_yes,
    coalesce(positions.shares_no, 0) as resolver_shares_no,
    holds.released_at is not null as released
from marts.markets as markets
left join marts.positions as positions
    on
        positions.market_address = markets.market_address
        and positions.wallet = markets.resolver
left join ops.holds as holds on holds.market_id = markets.market_id
where markets.market_address = any(%(addresses)s)
