-- A guarded move: only rows that are in one of the states it may leave from. Returns those moved.
with leaving as (
    select id, state
    from ops.transitions
    where id = any(%(ids)s) and state = any(%(before)s::ops.transition_state[])
    order by id
    for update
),

moved as (
    update ops.transitions as intent set
        state = %(after)s::ops.transition_state,
        hold_reason = case when %(after)s = 'held' then %(reason)s end,
        not_before = case when %(after)s = 'open' then clock_timestamp() else intent.not_before end,
        finished_at = case when %(after)s in ('dead', 'cancelled') then clock_timestamp() end,
        updated_at = clock_timestamp()
    from leaving
    where intent.id = leaving.id
    returning intent.id, leaving.state as before
)

insert into ops.transition_history (transition_id, from_state, to_state, detail)
select id, before, %(after)s::ops.transition_state, jsonb_build_object('reason', %(reason)s::text)
from moved
order by id
returning transition_id as id
