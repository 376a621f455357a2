-- sent -> leased: provably dead; its signature stays in the history. $1 id, $2 fence, $3 detail
with moved as (
    update ops.transitions set
        state = 'leased',
        signature = null,
        wire = null,
        last_valid_block_height = null,
        signed_slot = null,
        updated_at = clock_timestamp()
    where id = $1 and fence = $2 and state = 'sent'
    returning id
)

insert into ops.transition_history (transition_id, from_state, to_state, detail)
select id, 'sent', 'leased', $3::jsonb from moved
returning transition_id
