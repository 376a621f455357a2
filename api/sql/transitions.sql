-- A market's life so far, oldest first.
select row_to_json(fields)::text as body
from (
    select market_id, from_state, to_state, event, actor, signature, at, slot
    from marts.market_transitions
    where market_address = $1
    order by slot, at, signature
) as fields
