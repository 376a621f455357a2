-- done -> sent or open: a fork undid what was confirmed; whoever leases it next goes on.
-- $1 id, $2 fence, $3 after, $4 detail
with moved as (
    update ops.transitions set
        state = $3::ops.transition_state,
        landed_slot = null,
        finished_at = null,
        lease_until = clock_timestamp(),
        not_before = clock_timestamp(),
        updated_at = clock_timestamp()
    where id = $1 and fence = $2 and state = 'done' and not_before < 'infinity'
    returning id
)

insert into ops.transition_history (transition_id, from_state, to_state, detail)
select id, 'done', $3::ops.transition_state, $4::jsonb from moved
returning transition_id
