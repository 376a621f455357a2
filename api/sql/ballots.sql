-- One page of the votes in market $1 of kind $2, oldest first, after $3 (time) and $4 (wallet).
select
    v.cast_at::text as cast_at,
    v.wallet || ':' || v.source || ':' || coalesce(v.round, '') as place,
    (
        select row_to_json(fields)
        from (
            select v.wallet, v.choice, v.source, nullif(v.round, '') as round, v.cast_at
        ) as fields
    )::text as body
from marts.votes as v
where
    v.market_id = $1
    and v.kind = $2
    and (
        $3::text is null
        or (v.cast_at, v.wallet || ':' || v.source || ':' || coalesce(v.round, ''))
        > ($3::text::timestamptz, $4::text)
    )
order by v.cast_at, v.wallet || ':' || v.source || ':' || coalesce(v.round, '')
limit $5
