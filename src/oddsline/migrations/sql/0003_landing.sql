-- Landing: the one way into raw. One call is one transaction and one round trip, so no client
-- ever holds the landing lock while it thinks, sleeps, or is gone.

-- A delivery that is refused again and again is one quarantined item, not a thousand.
alter table raw.deliveries add column digest bytea not null;  -- sha256 of the JSON item
create unique index on raw.deliveries (digest);

-- Lands transactions with what was decoded from them. Arrays of one group are parallel; `*_tx`
-- is a 1-based index into the tx_ group. Keys within one call must be distinct.
-- Returns the indexes of the transactions that were new, and the last sequence number given out
-- (null when nothing was new). Everything of a transaction lands, or nothing does.
create function raw.land(
    tx_slot bigint[],
    tx_signature text[],
    tx_place integer[],            -- index in the block
    tx_block_time bigint[],        -- unix seconds
    tx_err text[],                 -- JSON
    tx_version text[],
    tx_fee bigint[],               -- lamports
    tx_log_truncated boolean[],
    tx_source text[],
    tx_commitment text[],
    tx_payload bytea[],            -- zlib
    event_tx integer[],
    event_program_id text[],
    event_outer integer[],
    event_inner_path integer[],
    event_kind text[],
    event_ordinal integer[],
    event_position integer[],
    event_name text[],
    event_args text[],             -- JSON, as are ix_args and facts
    event_ix_args text[],
    event_facts text[],
    event_actor text[],
    event_market_id text[],
    event_market_address text[],
    event_wallet text[],
    event_provenance text[],
    event_mirrored boolean[],
    instruction_tx integer[],
    instruction_program_id text[],
    instruction_outer integer[],
    instruction_inner_path integer[],
    instruction_name text[],
    instruction_args text[],       -- JSON
    instruction_accounts text[],   -- JSON
    instruction_market_id text[],
    instruction_market_address text[],
    letter_key text[],
    letter_payload text[],         -- JSON
    letter_reason text[],
    letter_class text[],
    out fresh integer[],
    out last_seq bigint
)
language plpgsql
set jit = off
as $$
begin
    -- Before the lock: what is large. In key order, so that two callers with the same
    -- transactions wait for each other instead of deadlocking.
    with incoming as materialized (
        select *
        from unnest(
            tx_slot, tx_signature, tx_place, tx_block_time, tx_err, tx_version, tx_fee,
            tx_log_truncated, tx_source, tx_commitment
        ) with ordinality as t (
            slot, signature, tx_index, block_time, err, version, fee,
            log_truncated, source, commitment, n
        )
    ),
    landed as (
        insert into raw.transactions (
            slot, signature, tx_index, block_time, err, version, fee,
            log_truncated, source, commitment
        )
        select
            slot, signature, i.tx_index, to_timestamp(block_time), err::jsonb, version, fee,
            log_truncated, source, commitment
        from incoming as i
        order by slot, signature
        on conflict do nothing
        returning slot, signature
    )
    select array_agg(i.n::integer order by i.n)
    into fresh
    from landed as l
    inner join incoming as i on i.slot = l.slot and i.signature = l.signature;

    if fresh is null then
        return;
    end if;

    insert into raw.payloads (slot, signature, payload)
    select t.slot, t.signature, t.payload
    from unnest(tx_slot, tx_signature, tx_payload) with ordinality as t (slot, signature, payload, n)
    inner join unnest(fresh) as f (n) on f.n = t.n;

    insert into ops.dead_letters (kind, key, payload, reason, class)
    select 'event', l.key, l.payload::jsonb, l.reason, l.class
    from unnest(letter_key, letter_payload, letter_reason, letter_class)
        as l (key, payload, reason, class)
    order by l.key
    on conflict (kind, key) do nothing;

    if cardinality(event_tx) = 0 and cardinality(instruction_tx) = 0 then
        return;
    end if;

    -- Under the lock: what takes a sequence number. It is held until this statement's commit.
    perform pg_advisory_xact_lock(7101);

    insert into raw.events (
        seq, program_id, slot, signature, "outer", inner_path, kind, ordinal, position,
        name, args, ix_args, facts, actor, market_id, market_address, wallet,
        tx_index, block_time, provenance, mirrored
    )
    select
        nextval('raw.seq'), program_id, slot, signature, "outer", inner_path, kind, ordinal, position,
        name, args, ix_args, facts, actor, market_id, market_address, wallet,
        o.tx_index, block_time, provenance, mirrored
    from (
        select
            e.program_id, t.slot, t.signature, e."outer", e.inner_path, e.kind, e.ordinal, e.position,
            e.name, e.args::jsonb as args, e.ix_args::jsonb as ix_args, e.facts::jsonb as facts,
            e.actor, e.market_id, e.market_address, e.wallet,
            t.tx_index, to_timestamp(t.block_time) as block_time, e.provenance, e.mirrored
        from unnest(
            event_tx, event_program_id, event_outer, event_inner_path, event_kind, event_ordinal,
            event_position, event_name, event_args, event_ix_args, event_facts, event_actor,
            event_market_id, event_market_address, event_wallet, event_provenance, event_mirrored
        ) as e (
            tx, program_id, "outer", inner_path, kind, ordinal,
            position, name, args, ix_args, facts, actor,
            market_id, market_address, wallet, provenance, mirrored
        )
        inner join unnest(fresh) as f (n) on f.n = e.tx
        inner join unnest(tx_slot, tx_signature, tx_place, tx_block_time) with ordinality
            as t (slot, signature, tx_index, block_time, n) on t.n = e.tx
        order by t.slot, t.tx_index nulls last, t.signature, e.position
    ) as o;

    insert into raw.instructions (
        seq, program_id, slot, signature, "outer", inner_path, name, args, accounts,
        market_id, market_address, tx_index, block_time
    )
    select
        nextval('raw.seq'), program_id, slot, signature, "outer", inner_path, name, args, accounts,
        market_id, market_address, o.tx_index, block_time
    from (
        select
            i.program_id, t.slot, t.signature, i."outer", i.inner_path, i.name,
            i.args::jsonb as args, i.accounts::jsonb as accounts, i.market_id, i.market_address,
            t.tx_index, to_timestamp(t.block_time) as block_time
        from unnest(
            instruction_tx, instruction_program_id, instruction_outer, instruction_inner_path,
            instruction_name, instruction_args, instruction_accounts,
            instruction_market_id, instruction_market_address
        ) as i (
            tx, program_id, "outer", inner_path, name, args, accounts, market_id, market_address
        )
        inner join unnest(fresh) as f (n) on f.n = i.tx
        inner join unnest(tx_slot, tx_signature, tx_place, tx_block_time) with ordinality
            as t (slot, signature, tx_index, block_time, n) on t.n = i.tx
        order by t.slot, t.tx_index nulls last, t.signature, i."outer", i.inner_path
    ) as o;

    -- Exact, since only the lock's holder draws from it.
    select last_value into last_seq from raw.seq;
    perform pg_notify('raw_landed', last_seq::text);
end
$$;
