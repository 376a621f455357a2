-- $1 ballots over $2 markets, of other wallets than voted on chain but for every tenth.
insert into marts.ballots (
    market_id, kind, round, wallet, market_address, choice, nonce, cast_at
)
select
    md5((n % $2)::text) || md5((n % $2)::text), 'proposal', 'round ' || n % $2,
    case n / $2 % 10 when 0 then 'chain voter ' else 'voter ' end || n, 'M' || n % $2,
    'like', 1, now()
from generate_series(0, $1::integer - 1) as n
