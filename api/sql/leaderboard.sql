-- Wallets of window $1 by $2, $3 rows; equal ones share a rank. Each order has its index.
select row_to_json(fields)::text as body
from (
    select
        rank() over (order by top.sorted_by desc) as rank,
        top.wallet,
        top.volume::text as volume,
        top.trade_count,
        top.market_count,
        top.net_cash::text as net_cash
    from (
        (
            select *, volume as sorted_by
            from marts.wallet_rank
            where window_name = $1::text and $2::text = 'volume'
            order by volume desc, wallet
            limit $3
        )
        union all
        (
            select *, net_cash as sorted_by
            from marts.wallet_rank
            where window_name = $1::text and $2::text = 'net_cash'
            order by net_cash desc, wallet
            limit $3
        )
        union all
        (
            select *, trade_count as sorted_by
            from marts.wallet_rank
            where window_name = $1::text and $2::text = 'trade_count'
            order by trade_count desc, wallet
            limit $3
        )
    ) as top
    order by rank, top.wallet
) as fields
