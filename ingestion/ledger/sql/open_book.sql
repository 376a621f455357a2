-- The ledger's row, made when there is none.
insert into raw.ledger (program_id, base_slot, agreed_to, proven_to, tip_slot, genesis_hash)
values ($1, $2::bigint, $2::bigint - 1, $2::bigint - 1, $3, $4)
on conflict (program_id) do update set program_id = excluded.program_id
returning base_slot, agreed_to, proven_to, genesis_hash;
