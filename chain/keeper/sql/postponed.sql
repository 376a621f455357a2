-- leased -> open: nothing was sent, it waits. $1 id, $2 fence, $3 seconds, $4 detail
with moved as (
    update ops.transitions set
        state = 'open',
        not_before = clock_timestamp() + make_interval(secs => $3),
        lease_owner = null,
        lease_until = null,
        updated_at = clock_timestamp()
    where id = $1 and fence = $2 and state = 'leased'
    returning id
)

insert into ops.transition_history (transition_id, from_state, to_state, detail)
select id, 'leased', 'open', $4::jsonb from moved
returning transition_id
