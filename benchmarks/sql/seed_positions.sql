-- $1 positions of $2 wallets, each in as many markets.
insert into marts.positions (
    market_address, wallet, market_id, bought_yes, bought_no, sold_yes, sold_no, shares_yes,
    shares_no, invested_yes, invested_no, invested, proceeds_yes, proceeds_no, proceeds, claimed,
    trade_count, first_trade_at, last_trade_at
)
select
    'M' || market, translate(md5('wallet ' || wallet), '0', 'z'), md5(market::text) || md5(market::text),
    9000000000 + n, 0, 0, 0, 9000000000 + n, 0, 5000000000 + n, 0, 5000000000 + n, 0, 0, 0, 0, 3,
    now() - interval '1 day', now()
from (
    select n, n % $2::integer as wallet, n / $2::integer * 7 + n % 5 as market
    from generate_series(0, $1::integer - 1) as n
) as numbered
