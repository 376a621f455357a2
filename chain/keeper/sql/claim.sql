-- Take up what is open and due, and what another keeper left: sent first, since it may have landed.
-- $1 owner, $2 how many, $3 lease in seconds
with due as (
    select id, state
    from ops.transitions
    where
        (
            state = 'open' and not_before <= clock_timestamp()
            and not exists (select from ops.keeper_switch where paused)
        )
        or (state in ('leased', 'sent') and lease_until < clock_timestamp())
    order by state desc, not_before, id
    limit $2
    for update skip locked
),

taken as (
    update ops.transitions as intent set
        state = case when due.state = 'sent' then due.state else 'leased' end,
        lease_owner = $1,
        lease_until = clock_timestamp() + make_interval(secs => $3),
        fence = intent.fence + 1,
        attempts = intent.attempts + (due.state = 'open')::integer,
        error_name = null,
        error_class = null,
        error_detail = null,
        finished_at = null,
        updated_at = clock_timestamp()
    from due
    where intent.id = due.id
    returning intent.*, due.state as before
),

noted as (
    insert into ops.transition_history (transition_id, from_state, to_state, detail)
    select id, before, state, jsonb_build_object('owner', lease_owner, 'fence', fence)
    from taken
)

select
    id, market_id, market_address, action, args, state, attempts, fence, signature, wire,
    last_valid_block_height, signed_slot, extract(epoch from signed_at)::float8 as signed_at, landed_slot
from taken
order by id
