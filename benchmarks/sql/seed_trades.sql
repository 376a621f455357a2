-- $1 trades over $2 markets by $3 wallets, older than anything that is landed later.
insert into marts.trades (
    trade_id, market_id, market_address, wallet, buyer, seller, signature, side, outcome, shares,
    amount, gross, fee, protocol_fee, price_yes, slot, tx_index, position, chain_order, traded_at
)
select
    md5(n::text) || md5('s' || n) || ':0.0.0', md5(market::text) || md5(market::text), 'M' || market,
    wallet, wallet, 'M' || market, md5(n::text) || md5('s' || n), 'buy', 'YES', 2000000000 + n,
    1100000000 + n, 1000000000 + n, 100000000, 30000000, 400000000 + n % 1000, 200000000 + n, n % 40,
    0, (200000000 + n)::bigint << 27, now() - (2000000 - n) * interval '1 second'
from (
    select
        n, n % $2::integer as market,
        translate(md5('wallet ' || n * 7919::bigint % $3::integer), '0', 'z') as wallet
    from generate_series(1, $1::integer) as n
) as numbered
