-- Open intents of which a shadow keeper has not said yet what it would do. $1 how many
select
    id, market_id, market_address, action, args, state, attempts, fence, signature, wire,
    last_valid_block_height, signed_slot, extract(epoch from signed_at)::float8 as signed_at, landed_slot
from ops.transitions as intent
where
    state in ('open', 'leased') and not_before <= clock_timestamp()
    and not exists (
        select from ops.transition_history as told
        where told.transition_id = intent.id and told.detail ? 'shadow'
    )
order by id
limit $1
