-- Say a parked row again, as a revision: the fold judges it anew. Nothing where a later revision
-- speaks of the same event: then that one holds. Under the landing lock.
with held as (
    select
        e.slot, e.signature, to_jsonb(e) as row_after, e.market_address, e.wallet,
        jsonb_build_object(
            'program_id', e.program_id, 'outer', e."outer", 'inner_path', e.inner_path,
            'kind', e.kind, 'ordinal', e.ordinal
        ) as event_key
    from raw.events as e
    where e.seq = %(seq)s
    union all
    select r.slot, r.signature, r.row_after, r.market_address, r.wallet, r.event_key
    from raw.revisions as r
    where r.seq = %(seq)s and r.row_after is not null
),

freed as (
    delete from live.parked where seq = %(seq)s
),

said as (
    insert into raw.revisions (
        seq, kind, slot, signature, event_key, row_after, market_address, wallet, reason
    )
    select
        nextval('raw.seq'), 'redecode', slot, signature, event_key, row_after, market_address,
        wallet, 'replayed from the dead letters'
    from held
    where
        not exists (
            select from raw.revisions as later
            where
                later.slot = held.slot and later.signature = held.signature
                and later.seq > %(seq)s
                and (later.event_key is null or later.event_key = held.event_key)
        )
    returning seq
)

select seq, pg_notify('raw_landed', seq::text) from said
