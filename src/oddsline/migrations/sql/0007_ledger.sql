-- The completeness ledger's own state, and what others may read of it.

create table raw.ledger (
    program_id text primary key,
    base_slot bigint not null,           -- the first slot it answers for
    agreed_to bigint not null,           -- from base_slot to here every slot is agreed or proven
    proven_to bigint not null,           -- the same, proven; base_slot - 1 = nothing yet
    moved_at timestamptz not null default clock_timestamp(), -- when agreed_to last grew
    tip_slot bigint not null,            -- the first provider's last finalized slot
    genesis_hash text not null,          -- a ledger of one chain never goes on with another
    error text,                          -- why the last pass could not finish; null = it did
    checked_at timestamptz not null default clock_timestamp()
);

-- How far closed ranges reach without a hole from the slot after `done`. Closed ranges never overlap.
create function raw.reach(program text, done bigint, standings text[]) returns bigint
language plpgsql stable
as $$
declare
    reached bigint;
begin
    loop
        select to_slot into reached
        from raw.slot_ranges
        where program_id = program and from_slot <= done + 1 and standing = any(standings)
        order by from_slot desc
        limit 1;
        exit when reached is null or reached <= done;
        done := reached;
    end loop;
    return done;
end
$$;

-- Moves both watermarks as far as they go.
create function raw.advance_ledger(program text) returns void
language sql
as $$
    update raw.ledger as book
    set
        agreed_to = reached.agreed,
        proven_to = reached.proven,
        moved_at = case when reached.agreed > book.agreed_to then clock_timestamp() else moved_at end
    from (
        select
            raw.reach(program, agreed_to, '{agreed, proven}') as agreed,
            raw.reach(program, proven_to, '{proven}') as proven
        from raw.ledger
        where program_id = program
    ) as reached
    where book.program_id = program
$$;

-- One row per program and standing: up to which slot the data is complete, and on whose word.
create view ops.completeness as
select
    book.program_id,
    levels.standing,
    book.base_slot as from_slot,
    levels.up_to_slot,
    book.tip_slot,
    greatest(book.tip_slot - levels.up_to_slot, 0) as lag_slots,
    book.moved_at,
    book.checked_at,
    book.error,
    coalesce(gaps.open_gaps, 0) as open_gaps,
    gaps.oldest_gap_at
from raw.ledger as book
cross join lateral (
    values ('agreed', book.agreed_to), ('proven', book.proven_to)
) as levels (standing, up_to_slot)
left join (
    select program_id, count(*) as open_gaps, min(created_at) as oldest_gap_at
    from raw.slot_ranges
    where standing = 'open'
    group by program_id
) as gaps on gaps.program_id = book.program_id;

-- One row per range of slots that is not known to be complete, and why.
create view ops.open_gaps as
select
    program_id,
    from_slot,
    to_slot,
    reason,
    created_at as opened_at,
    extract(epoch from clock_timestamp() - created_at)::bigint as age_s
from raw.slot_ranges
where standing = 'open';

-- What a revision says of a transaction or of one of its events, in the sequence and under the
-- lock of landing. Arrays are parallel; returns the last sequence number given out.
create function raw.revise(
    kinds text[],
    slots bigint[],
    signatures text[],
    event_keys text[],                   -- JSON; null = every event of the transaction
    rows_after text[],                   -- JSON; null = the event is no more
    market_addresses text[],
    wallets text[],
    reasons text[]
) returns bigint
language plpgsql
as $$
declare
    last_seq bigint;
begin
    if cardinality(kinds) = 0 then
        return null;
    end if;
    perform pg_advisory_xact_lock(7101);
    insert into raw.revisions (
        seq, kind, slot, signature, event_key, row_after, market_address, wallet, reason
    )
    select
        nextval('raw.seq'), kind, slot, signature, event_key::jsonb, row_after::jsonb,
        market_address, wallet, reason
    from unnest(
        kinds, slots, signatures, event_keys, rows_after, market_addresses, wallets, reasons
    ) as r (kind, slot, signature, event_key, row_after, market_address, wallet, reason);
    select last_value into last_seq from raw.seq;
    perform pg_notify('raw_landed', last_seq::text);
    return last_seq;
end
$$;

-- `restore`: a transaction taken for gone stands again; the rows of its events follow the word.
alter table raw.revisions drop constraint revisions_kind_check;
alter table raw.revisions add constraint revisions_kind_check
check (kind in ('retract', 'replace', 'restore', 'redecode', 'position'));

-- A transaction stands unless the last word on it as a whole is that it is gone from its slot.
create view raw.standing_transactions as
select t.*
from raw.transactions as t
left join lateral (
    select word.kind
    from raw.revisions as word
    where
        word.slot = t.slot and word.signature = t.signature
        and word.event_key is null and word.kind in ('retract', 'replace', 'restore')
    order by word.seq desc
    limit 1
) as last_word on true
where last_word.kind is null or last_word.kind = 'restore';

grant select on raw.ledger, raw.standing_transactions, ops.completeness, ops.open_gaps to service_role;
