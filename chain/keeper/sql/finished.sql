-- leased or sent -> done or failed. What is done is looked at again until it is final.
-- $1 id, $2 fence, $3 before, $4 after, $5 slot, $6 error name, $7 class, $8 words, $9 detail
with moved as (
    update ops.transitions set
        state = $4::ops.transition_state,
        landed_slot = $5,
        error_name = $6,
        error_class = $7,
        error_detail = $8,
        lease_owner = null,
        lease_until = null,
        finished_at = clock_timestamp(),
        not_before = clock_timestamp(),
        updated_at = clock_timestamp()
    where id = $1 and fence = $2 and state = $3::ops.transition_state
    returning id
)

insert into ops.transition_history (transition_id, from_state, to_state, detail)
select id, $3::ops.transition_state, $4::ops.transition_state, $9::jsonb from moved
returning transition_id
