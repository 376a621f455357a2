-- Wallets by volume or trades. $1 window, $2 order, $3 rows.
select row_to_json(fields)::text as body
from (
    select
        row_number() over (
            order by case $2::text when 'volume' then sum(amount) else count(*) end desc, wallet
        ) as rank,
        wallet,
        sum(amount)::text as volume,
        count(*) as trade_count,
        count(distinct market_address) as market_count,
        null::text as realized_pnl
    from marts.trades
    where
        case $1::text
            when 'day' then traded_at > now() - interval '1 day'
            when 'week' then traded_at > now() - interval '7 days'
            when 'month' then traded_at > now() - interval '30 days'
            else true
        end
        and market_id is not null
    group by wallet
    order by rank
    limit $3
) as fields
