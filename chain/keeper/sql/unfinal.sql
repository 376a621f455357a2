-- Done, and not known to be final: `not_before` is when to look again, infinity = never.
-- $1 how many, $2 seconds until the next look
with due as (
    select id
    from ops.transitions
    where state = 'done' and not_before <= clock_timestamp()
    order by not_before, id
    limit $1
    for update skip locked
)

update ops.transitions as intent set
    not_before = clock_timestamp() + make_interval(secs => $2)
from due
where intent.id = due.id
returning
    intent.id, intent.market_id, intent.market_address, intent.action, intent.args, intent.state,
    intent.attempts, intent.fence, intent.signature, intent.wire, intent.last_valid_block_height,
    intent.signed_slot, extract(epoch from intent.signed_at)::float8 as signed_at, intent.landed_slot
