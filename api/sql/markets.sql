-- One page of markets. $1 state, $2 creator, $3 and $4 the last row's sort key and id, $5 rows; in
-- the order of {{relation}}: of the markets themselves, or, for what every trade moves, of their
-- last snapshot. A market that never traded (or whose creation is not known yet) sorts as oldest.
select
    page.sort_key::text as sort_key,
    page.market_id,
    (select row_to_json(fields) from (select {{market_fields}}) as fields)::text as body
from (
    select
        market_id,
        {{sort}} as sort_key
    from {{relation}}
    where
        market_id is not null
        and ($1::text is null or state = $1)
        and ($2::text is null or creator = $2)
        and (
            $3::text is null
            or ({{sort}}, market_id) {{beyond}} ($3::text::{{type}}, $4::text)
        )
    order by {{sort}} {{direction}}, market_id {{direction}}
    limit $5
) as page
inner join marts.markets as m on page.market_id = m.market_id
order by page.sort_key {{direction}}, page.market_id {{direction}}
