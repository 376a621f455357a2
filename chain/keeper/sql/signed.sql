-- leased -> sent: the signature and the exact bytes are stored before anybody sends them.
-- $1 id, $2 fence, $3 signature, $4 wire, $5 last valid height, $6 slot, $7 fee, $8 detail
with moved as (
    update ops.transitions set
        state = 'sent',
        signature = $3,
        wire = $4,
        last_valid_block_height = $5,
        signed_slot = $6,
        fee_lamports = coalesce(fee_lamports, 0) + $7::bigint,
        signed_at = clock_timestamp(),
        updated_at = clock_timestamp()
    where id = $1 and fence = $2 and state = 'leased' and lease_until > clock_timestamp()
    returning id
)

insert into ops.transition_history (transition_id, from_state, to_state, detail)
select id, 'leased', 'sent', $8::jsonb from moved
returning transition_id
