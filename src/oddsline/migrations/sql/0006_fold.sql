-- The live fold's own ground: which rows count, what is parked, one batch, its messages, the swap.
-- The models themselves (marts.*, live.fold_<model>) are dbt's; live.models lists them.

---------------------------------------------------------------- which rows count

-- Rows no mart can read, decided once for all marts.
create table live.parked (
    seq bigint primary key,
    reason text not null,
    parked_at timestamptz not null default clock_timestamp()
);

-- What an event must carry to be readable. Types: number (u64), moment (unix seconds), boolean,
-- choice (boolean or null), text. `market_address` and `wallet` are columns, the rest is in args.
create table live.event_fields (
    name text not null,
    field text not null,
    type text not null check (type in ('number', 'moment', 'boolean', 'choice', 'text')),
    primary key (name, field)
);
insert into live.event_fields (name, field, type)
select e.name, split_part(f.spec, ':', 1), split_part(f.spec, ':', 2)
from (
    values
    ('GlobalConfigInitialized', 'admin:text backend_authority:text protocol_fee_bps:number timestamp:moment'),
    ('ConfigUpdated', 'protocol_fee_bps:number resolver_reward_bps:number liquidity_provider_fee_bps:number '
        || 'proposal_approval_threshold:number dispute_success_threshold:number '
        || 'min_resolution_delay:number dispute_period:number timestamp:moment'),
    ('ProtocolPauseStatusChanged', 'is_paused:boolean paused_by:text timestamp:moment'),
    ('MarketCreated', 'creator:text b_parameter:number timestamp:moment'),
    ('ProposalVoteSubmitted', 'user:text vote:boolean timestamp:moment'),
    ('ProposalAggregated', 'likes:number dislikes:number approved:boolean timestamp:moment'),
    ('ProposalApproved', 'timestamp:moment'),
    ('MarketActivated', 'timestamp:moment'),
    ('SharesBought', 'user:text outcome:boolean shares:number cost:number new_price_yes:number timestamp:moment'),
    ('SharesSold', 'user:text outcome:boolean shares:number proceeds:number new_price_yes:number timestamp:moment'),
    ('MarketResolved', 'resolver:text outcome:boolean timestamp:moment'),
    ('DisputeInitiated', 'initiator:text timestamp:moment'),
    ('DisputeVoteSubmitted', 'user:text vote:boolean timestamp:moment'),
    ('DisputeAggregated', 'agrees:number disagrees:number dispute_succeeded:boolean timestamp:moment'),
    ('MarketFinalized', 'final_outcome:choice was_disputed:boolean timestamp:moment'),
    ('WinningsClaimed', 'user:text amount:number timestamp:moment'),
    ('LiquidityWithdrawn', 'creator:text amount:number timestamp:moment'),
    ('MarketCancelled', 'cancelled_at:moment')
) as e (name, fields)
cross join lateral regexp_split_to_table(e.fields, ' ') as f (spec);

create function live.is_readable(value jsonb, type text) returns boolean
language sql immutable
as $$
    select coalesce(
        case type
            when 'number' then
                case
                    when jsonb_typeof(value) = 'number' then
                        value::numeric between -9223372036854775808 and 18446744073709551615
                        and value::numeric = trunc(value::numeric)
                end
            when 'moment' then
                case
                    when jsonb_typeof(value) = 'number' then
                        value::numeric between -62135596800 and 253402300799
                end
            when 'boolean' then jsonb_typeof(value) = 'boolean'
            when 'choice' then jsonb_typeof(value) in ('boolean', 'null')
            else jsonb_typeof(value) = 'string' and value #>> '{}' <> ''
        end,
        false
    )
$$;

-- The rules of live.event_fields as one expression, which judges a row in a microsecond where the
-- table takes thirty: live.is_readable_event(name, args). To be called after the rules change.
create function live.compile_event_fields() returns void
language plpgsql
as $$
declare
    branches text;
begin
    select string_agg(format('when %L then %s', r.name, r.rules), ' ')
    into branches
    from (
        select name, string_agg(format('live.is_readable(args -> %L, %L)', field, type), ' and ') as rules
        from live.event_fields
        group by name
    ) as r;
    execute format(
        'create or replace function live.is_readable_event(name text, args jsonb) returns boolean '
        'language sql immutable as %L',
        format('select case name %s else true end', branches)
    );
end
$$;
select live.compile_event_fields();

-- Whether a revision speaks of this event; event_key null = of every event of its transaction.
create function live.speaks_of(event_key jsonb, event raw.events) returns boolean
language sql immutable
as $$
    select event_key is null or event_key @> jsonb_build_object(
        'program_id', event.program_id, 'outer', event."outer", 'inner_path', event.inner_path,
        'kind', event.kind, 'ordinal', event.ordinal
    )
$$;

-- The rows that hold after revision `hi` and came after `lo`: landed and never revised, or put in
-- place by the latest revision. Kept inlinable (plain SQL), so that callers use raw's indexes.
create function live.event_rows(lo bigint, hi bigint) returns setof raw.events
language sql stable
as $$
    select e.*
    from raw.events as e
    where
        e.seq > lo and e.seq <= hi and not e.mirrored
        and not exists (select from live.parked as p where p.seq = e.seq)
        and not exists (
            select from raw.revisions as r
            where
                r.slot = e.slot and r.signature = e.signature and r.seq <= hi
                and live.speaks_of(r.event_key, e)
        )
    union all
    select held.*
    from raw.revisions as r
    cross join lateral jsonb_populate_record(
        null::raw.events, r.row_after || jsonb_build_object('seq', r.seq)
    ) as held
    where
        r.row_after is not null and r.seq > lo and r.seq <= hi
        and not exists (select from live.parked as p where p.seq = r.seq)
        and not exists (
            select from raw.revisions as later
            where
                later.slot = r.slot and later.signature = r.signature
                and later.seq > r.seq and later.seq <= hi
                and (later.event_key is null or later.event_key @> r.event_key or r.event_key @> later.event_key)
        )
$$;

-- Every row, as it was and as it became, of the transactions that the revisions of a range speak
-- of, in whatever slot they were seen.
create function live.revised_rows(lo bigint, hi bigint) returns setof raw.events
language sql stable
as $$
    select e.*
    from raw.revisions as r
    inner join raw.transactions as t on t.signature = r.signature
    inner join raw.events as e on e.slot = t.slot and e.signature = t.signature
    where r.seq > lo and r.seq <= hi
    union all
    select held.*
    from raw.revisions as r
    inner join raw.revisions as told on told.slot = r.slot and told.signature = r.signature
    cross join lateral jsonb_populate_record(null::raw.events, told.row_after) as held
    where r.seq > lo and r.seq <= hi and told.row_after is not null and told.seq <= hi
$$;

-- Parks what no mart can read among new rows; returns how many. An event that names no market is
-- readable only where it speaks of the whole protocol.
create function live.park_unreadable(fresh raw.events[]) returns bigint
language plpgsql
set plan_cache_mode = force_generic_plan
set jit = off
as $$
declare
    found_rows bigint;
begin
    with unreadable as (
        select
            e.*,
            e.market_address is null as lacks_market,
            (
                select string_agg(f.field, ', ' order by f.field)
                from live.event_fields as f
                where f.name = e.name and not live.is_readable(e.args -> f.field, f.type)
            ) as fields
        from unnest(fresh) as e
        where
            not live.is_readable_event(e.name, e.args)
            or (
                e.market_address is null
                and e.name not in ('GlobalConfigInitialized', 'ConfigUpdated', 'ProtocolPauseStatusChanged')
            )
    ),
    parked as (
        insert into live.parked (seq, reason)
        select
            seq,
            concat_ws('; ', 'unreadable: ' || fields, case when lacks_market then 'names no market' end)
        from unreadable
        on conflict do nothing
        returning seq, reason
    ),
    buried as (
        insert into ops.dead_letters (kind, key, payload, reason, class)
        select
            'fold',
            u.signature || ':' || u."outer" || '.' || u.inner_path || '.' || u.ordinal || '@' || u.seq,
            jsonb_build_object('seq', u.seq, 'name', u.name, 'args', u.args),
            p.reason, 'Permanent'
        from unreadable as u
        inner join parked as p on p.seq = u.seq
        on conflict do nothing
    )
    select count(*) into found_rows from parked;
    return found_rows;
end
$$;

-- Parks one row that a mart could not take, so that it stops none of them.
create function live.park(row_seq bigint, why text) returns void
language sql
as $$
    with parked as (
        insert into live.parked (seq, reason) values (row_seq, why) on conflict do nothing returning seq
    )
    insert into ops.dead_letters (kind, key, payload, reason, class)
    select 'fold', coalesce(e.signature, 'revision') || '@' || p.seq, jsonb_build_object('seq', p.seq, 'name', e.name, 'args', e.args), why, 'Unknown'
    from parked as p
    left join raw.events as e on e.seq = p.seq
    on conflict do nothing
$$;

-- Gives a parked row another chance: it is judged and folded anew, as a revision by itself.
create function live.replay(row_seq bigint) returns boolean
language plpgsql
as $$
declare
    revised bigint;
begin
    perform pg_advisory_xact_lock(7101);
    delete from live.parked where seq = row_seq;
    insert into raw.revisions (seq, kind, slot, signature, event_key, row_after, market_address, wallet, reason)
    select
        nextval('raw.seq'), 'redecode', e.slot, e.signature,
        jsonb_build_object(
            'program_id', e.program_id, 'outer', e."outer", 'inner_path', e.inner_path,
            'kind', e.kind, 'ordinal', e.ordinal
        ),
        to_jsonb(e), e.market_address, e.wallet, 'replayed from the dead letters'
    from raw.events as e
    where e.seq = row_seq;
    get diagnostics revised = row_count;
    perform pg_notify('raw_landed', '');
    return revised = 1;
end
$$;

---------------------------------------------------------------- what clients are told

insert into live.cursors (name, seq) values ('outbox', 0), ('market_rank', 0);

-- Stable, as to_char is: declared immutable it would not be inlined.
create function live.rfc3339(at timestamptz) returns text
language sql stable
as $$ select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') $$;

-- Writes the messages of a folded range to the outbox, in chain order, and returns how many.
-- Bodies lack what each connection adds: prev_seq and published_at. What arrived late (backfill)
-- or was revised otherwise than by a retraction is one `resync` of its market.
create function live.announce(rows raw.events[], lo bigint, hi bigint) returns bigint
language plpgsql
set plan_cache_mode = force_generic_plan
set jit = off
as $$
declare
    written bigint;
begin
    with fresh as materialized (
        select
            e.name, e.market_address, e.market_id, e.slot, e.signature,
            e.signature || ':' || e."outer" || '.' || e.inner_path || '.' || e.ordinal as event_id,
            (e.slot << 27) | (least(coalesce(e.tx_index, 65535), 65535)::bigint << 11)
                | least(e.position, 2047) as chain_order,
            t.commitment, coalesce(t.source = 'backfill', false) as is_late
        from unnest(rows) as e
        left join raw.transactions as t on t.slot = e.slot and t.signature = e.signature
        where
            e.market_id is not null
            and not exists (select from raw.revisions as r where r.seq = e.seq)
    ),
    revised as materialized (
        select
            e.name, e.market_address, e.market_id, e.slot,
            e.signature || ':' || e."outer" || '.' || e.inner_path || '.' || e.ordinal as event_id
        from live.revised_rows(lo, hi) as e
        where e.market_id is not null
    ),
    retracted as (
        select
            r.market_address, r.market_id, max(r.slot) as slot,
            json_agg(distinct r.event_id) filter (where r.name in ('SharesBought', 'SharesSold')) as trade_ids
        from revised as r
        where not exists (select from marts.trades as t where t.trade_id = r.event_id)
        group by r.market_address, r.market_id
    ),
    traded as (
        select market_address, max(chain_order) as chain_order, max(commitment) as commitment
        from fresh
        where name in ('SharesBought', 'SharesSold') and not is_late
        group by market_address
    ),
    -- What changes a market's row and none of the messages below tells: votes, tallies, claims,
    -- withdrawals. Whoever keeps a copy (answers in the API's memory) must hear of these too.
    touched as (
        select
            e.market_address, m.market_id, max(e.slot) as slot, max(t.commitment) as commitment,
            max(e.block_time) as at
        from live.event_rows(lo, hi) as e
        inner join marts.markets as m on m.market_address = e.market_address
        left join raw.transactions as t on t.slot = e.slot and t.signature = e.signature
        where
            e.seq > lo and m.market_id is not null
            and e.name in (
                'ProposalVoteSubmitted', 'ProposalAggregated', 'DisputeVoteSubmitted',
                'DisputeAggregated', 'WinningsClaimed', 'LiquidityWithdrawn'
            )
            and (e.market_id is null or t.source is distinct from 'backfill')
            and not exists (select from raw.revisions as r where r.seq = e.seq)
        group by e.market_address, m.market_id
    ),
    messages as (
        select
            f.market_address, f.market_id, f.chain_order, 1 as rank, 'trade:executed' as type,
            f.slot, f.commitment, t.traded_at as at,
            json_build_object(
                'trade_id', t.trade_id, 'market_id', f.market_id, 'market_address', t.market_address,
                'wallet', t.wallet, 'buyer', t.buyer, 'seller', t.seller,
                'side', t.side, 'outcome', t.outcome, 'shares', t.shares::text,
                'amount', t.amount::text, 'gross', t.gross::text, 'fee', t.fee::text,
                'price_yes', t.price_yes::text, 'traded_at', live.rfc3339(t.traded_at),
                'slot', t.slot, 'tx_index', t.tx_index, 'signature', t.signature
            ) as data
        from fresh as f
        inner join marts.trades as t on t.trade_id = f.event_id
        where f.name in ('SharesBought', 'SharesSold') and not f.is_late

        union all
        select
            m.market_address, m.market_id, t.chain_order, 2, 'price:update',
            t.chain_order >> 27, t.commitment, m.last_trade_at,
            json_build_object(
                'price_yes', m.price_yes::text, 'price_no', (1000000000 - m.price_yes)::text,
                'shares_yes', m.shares_yes::text, 'shares_no', m.shares_no::text,
                'volume', m.volume::text
            )
        from traded as t
        inner join marts.markets as m on m.market_address = t.market_address
        where m.market_id is not null

        union all
        select
            f.market_address, f.market_id, f.chain_order, 3, 'state:change',
            f.slot, f.commitment, moved.occurred_at,
            json_build_object('from', before.to_state, 'to', moved.to_state)
        from fresh as f
        inner join marts.lifecycle_events as moved on moved.event_id = f.event_id
        left join lateral (
            select l.to_state
            from marts.lifecycle_events as l
            where l.market_address = f.market_address and l.chain_order < f.chain_order
            order by l.chain_order desc
            limit 1
        ) as before on true
        where
            not f.is_late and before.to_state is distinct from moved.to_state
            and f.name not in ('SharesBought', 'SharesSold')

        union all
        select
            q.market_address, q.market_id, (q.slot + 1) << 27, 5, 'market:update', q.slot, q.commitment,
            q.at,
            json_build_object(
                'proposal_likes', m.proposal_likes, 'proposal_dislikes', m.proposal_dislikes,
                'dispute_agree', m.dispute_agree, 'dispute_disagree', m.dispute_disagree
            )
        from touched as q
        inner join marts.markets as m on m.market_address = q.market_address

        union all
        select r.market_address, r.market_id, r.slot << 27, 0, 'retract', r.slot, 'retracted', clock_timestamp(), r.trade_ids
        from retracted as r
        where r.trade_ids is not null

        union all
        select r.market_address, r.market_id, r.slot << 27, 4, 'resync', r.slot, null, clock_timestamp(), null
        from (
            select market_address, market_id, max(slot) as slot
            from (
                select market_address, market_id, slot from fresh where is_late
                union all
                select r.market_address, r.market_id, r.slot
                from revised as r
                where not exists (
                    select from retracted as g
                    where g.market_address = r.market_address and g.trade_ids is not null
                )
            ) as changed
            group by market_address, market_id
        ) as r
    ),
    counted as (
        insert into live.market_seqs as s (market_address, seq)
        select market_address, count(*) from messages group by market_address order by market_address
        on conflict (market_address) do update set seq = s.seq + excluded.seq
        returning market_address, seq
    ),
    numbered as (
        select
            m.*,
            c.seq - count(*) over (partition by m.market_address)
                + row_number() over (partition by m.market_address order by m.chain_order, m.rank) as market_seq,
            o.seq + row_number() over (order by m.chain_order, m.market_address, m.rank) as pos
        from messages as m
        inner join counted as c on c.market_address = m.market_address
        cross join (select seq from live.cursors where name = 'outbox') as o
    ),
    posted as (
        insert into live.outbox (pos, market_address, market_id, market_seq, type, body)
        select
            n.pos, n.market_address, n.market_id, n.market_seq, n.type,
            case n.type
                when 'retract' then
                    json_build_object(
                        'type', n.type, 'market_id', n.market_id, 'epoch', e.epoch, 'seq', n.market_seq,
                        'pos', n.pos, 'slot', n.slot, 'commitment', n.commitment, 'at', live.rfc3339(n.at),
                        'trade_ids', n.data, 'state', live.market_state(n.market_address)
                    )
                when 'resync' then
                    json_build_object(
                        'type', n.type, 'market_id', n.market_id, 'epoch', e.epoch, 'seq', n.market_seq,
                        'pos', n.pos, 'slot', n.slot, 'at', live.rfc3339(n.at)
                    )
                else
                    json_build_object(
                        'type', n.type, 'market_id', n.market_id, 'epoch', e.epoch, 'seq', n.market_seq,
                        'pos', n.pos, 'slot', n.slot, 'commitment', n.commitment, 'at', live.rfc3339(n.at),
                        'data', n.data
                    )
            end::text
        from numbered as n
        cross join live.epoch as e
        order by n.pos
        returning pos
    )
    update live.cursors as c
    set seq = p.last_pos, updated_at = clock_timestamp()
    from (select max(pos) as last_pos, count(*) as n from posted) as p
    where c.name = 'outbox' and p.last_pos is not null
    returning p.n into written;
    return coalesce(written, 0);
end
$$;

-- A market as a retraction leaves it.
create function live.market_state(address text) returns json
language plpgsql stable
as $$
declare
    answer json;
begin
    select json_build_object(
        'state', m.state, 'price_yes', m.price_yes::text, 'price_no', (1000000000 - m.price_yes)::text,
        'shares_yes', m.shares_yes::text, 'shares_no', m.shares_no::text, 'volume', m.volume::text
    )
    into answer
    from marts.markets as m
    where m.market_address = address;
    return answer;
end
$$;

---------------------------------------------------------------- one batch

-- The rows of a range as one value, which every model of the batch reads.
create function live.event_array(lo bigint, hi bigint) returns raw.events[]
language plpgsql stable
set plan_cache_mode = force_generic_plan
set jit = off
as $$
begin
    return (select coalesce(array_agg(e), '{}') from live.event_rows(lo, hi) as e);
end
$$;

-- Folds up to `max_rows` sequence numbers of new rows into every live model, tells the outbox and
-- moves the cursors: all of it or nothing. The cursor's row is the lock between two folders.
create function live.fold(
    max_rows bigint,
    out moved boolean, out lo bigint, out hi bigint, out parked bigint, out messages bigint
)
language plpgsql
as $$
declare
    vote_lo bigint;
    vote_hi bigint;
    fresh raw.events[];
    model text;
begin
    select seq into lo from live.cursors where name = 'events' for update;
    select seq into vote_lo from live.cursors where name = 'votes' for update;
    select least(lo + max_rows, greatest(lo, (select max(seq) from raw.events), (select max(seq) from raw.revisions)))
    into hi;
    select greatest(vote_lo, (select max(seq) from raw.votes)) into vote_hi;
    moved := hi > lo or vote_hi > vote_lo;
    parked := 0;
    messages := 0;
    if not moved then
        return;
    end if;
    -- Read once for all models: rows of one batch fit in memory.
    fresh := live.event_array(lo, hi);
    parked := live.park_unreadable(fresh);
    if parked > 0 then
        fresh := live.event_array(lo, hi);
    end if;
    for model in select name from live.models order by name loop
        execute format('select live.%I($1, $2, $3, $4, $5)', 'fold_' || model)
        using fresh, lo, hi, vote_lo, vote_hi;
    end loop;
    if hi > lo and (select count(*) = 3 from live.models where name in ('markets', 'trades', 'lifecycle_events')) then
        messages := live.announce(fresh, lo, hi);
    end if;
    update live.cursors as c
    set seq = case c.name when 'events' then hi else vote_hi end, updated_at = clock_timestamp()
    where c.name in ('events', 'votes');
end
$$;

---------------------------------------------------------------- rebuilds beside the fold

create schema shadow;

-- How far each shadow table has read; gone once it has taken its place.
create table shadow.builds (
    name text primary key,
    events bigint not null,
    votes bigint not null
);

-- Folds into a shadow what the marts have got since it was filled. Blocks nobody.
create function live.catch_up(model text) returns void
language plpgsql
as $$
declare
    step constant bigint := 20000;
    done shadow.builds;
    event_hi bigint;
    vote_hi bigint;
begin
    select * into done from shadow.builds where name = model for update;
    select seq into event_hi from live.cursors where name = 'events';
    select seq into vote_hi from live.cursors where name = 'votes';
    while event_hi > done.events or vote_hi > done.votes loop
        execute format('select shadow.%I($1, $2, $3, $4, $5)', 'fold_' || model)
        using
            live.event_array(done.events, least(done.events + step, event_hi)),
            done.events, least(done.events + step, event_hi), done.votes, vote_hi;
        done.events := least(done.events + step, event_hi);
        done.votes := vote_hi;
    end loop;
    update shadow.builds set events = done.events, votes = done.votes where name = model;
end
$$;

-- Statements that make the views above a table again, nearest first, with their options and grants.
create function live.views_above(target regclass) returns text[]
language sql
as $$
    with recursive above as (
        select distinct r.ev_class as view, 1 as depth
        from pg_depend as d
        inner join pg_rewrite as r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
        where d.refobjid = target and d.refclassid = 'pg_class'::regclass and r.ev_class <> target
        union
        select r.ev_class, a.depth + 1
        from above as a
        inner join pg_depend as d on d.refobjid = a.view and d.refclassid = 'pg_class'::regclass
        inner join pg_rewrite as r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
        where r.ev_class <> a.view
    ),
    views as (
        select v.view, max(v.depth) as depth from above as v group by v.view
    )
    select array_agg(
        format(
            'create view %s with (%s) as %s %s %s',
            v.view::regclass,
            coalesce(array_to_string(c.reloptions, ', '), 'security_invoker = true'),
            pg_get_viewdef(v.view),
            (
                select string_agg(
                    format('grant %s on %s to %I;', g.privilege_type, v.view::regclass, g.grantee), ' '
                )
                from information_schema.role_table_grants as g
                where
                    g.table_schema = c.relnamespace::regnamespace::text and g.table_name = c.relname
                    and g.grantee <> g.grantor
            ),
            (
                select string_agg(
                    case s.objsubid
                        when 0 then format('comment on view %s is %L;', v.view::regclass, s.description)
                        else format('comment on column %s.%I is %L;', v.view::regclass, a.attname, s.description)
                    end, ' '
                )
                from pg_description as s
                left join pg_attribute as a on a.attrelid = s.objoid and a.attnum = s.objsubid and s.objsubid > 0
                where s.objoid = v.view and s.classoid = 'pg_class'::regclass
            )
        )
        order by v.depth
    )
    from views as v
    inner join pg_class as c on c.oid = v.view
$$;

-- Puts a shadow table in its model's place, in one short transaction: the fold waits, readers see
-- the old table or the new one. False when a reader would have to be waited for: try again.
create function live.swap(
    model text, target_schema text, function_ddl text, revise_by text, sql_hash text, definition text
) returns boolean
language plpgsql
as $$
declare
    target text := format('%I.%I', target_schema, model);
    above text[];
    statement text;
begin
    set local lock_timeout = '150ms';
    perform from live.cursors where name in ('events', 'votes') order by name for update;
    perform live.catch_up(model);
    if to_regclass(target) is not null then
        above := live.views_above(target::regclass);
        execute format('drop table %s cascade', target);
    end if;
    execute format('alter table shadow.%I set schema %I', model, target_schema);
    execute format('drop function shadow.%I', 'fold_' || model);
    execute function_ddl;
    foreach statement in array coalesce(above, '{}') loop
        begin
            execute statement;
        exception when others then
            -- A view that no longer fits the new columns: dbt makes it next, or fails loudly.
            raise warning 'view above % dropped: %', target, sqlerrm;
        end;
    end loop;
    insert into live.models as m (name, relation, revise_by, sql_hash, definition)
    values (model, target, nullif(revise_by, ''), sql_hash, definition)
    on conflict (name) do update set
        relation = excluded.relation, revise_by = excluded.revise_by,
        sql_hash = excluded.sql_hash, definition = excluded.definition, deployed_at = clock_timestamp();
    delete from shadow.builds where name = model;
    return true;
exception
    when lock_not_available or deadlock_detected then
        return false;
end
$$;

---------------------------------------------------------------- what changes at every trade, sorted

-- Sorting markets by volume or last trade reads this copy: an index on the columns of
-- marts.markets that every trade changes would cost each of its updates (no HOT).
create table marts.market_rank (
    market_address text primary key,
    market_id text not null unique,
    state text not null,
    creator text,
    volume numeric not null,
    created_at timestamptz,
    last_trade_at timestamptz
);
create index on marts.market_rank (volume desc, market_id desc);
create index on marts.market_rank (last_trade_at desc nulls last, market_id desc);
create index on marts.market_rank (created_at desc nulls last, market_id desc);
alter table marts.market_rank enable row level security;
grant select on marts.market_rank to anon, authenticated, service_role, analyst;
create policy anyone_reads on marts.market_rank for select to anon, authenticated, analyst using (true);
comment on table marts.market_rank is
'Markets by what changes at every trade, copied from marts.markets each second. One row per market whose id is known.';

-- Copies the markets that messages were written about since the last time; returns how many moved.
create function live.refresh_market_rank() returns bigint
language plpgsql
as $$
declare
    done bigint;
    head bigint;
    moved bigint;
begin
    select seq into done from live.cursors where name = 'market_rank' for update;
    select seq into head from live.cursors where name = 'outbox';
    insert into marts.market_rank as r (market_address, market_id, state, creator, volume, created_at, last_trade_at)
    select m.market_address, m.market_id, m.state, m.creator, m.volume, m.created_at, m.last_trade_at
    from marts.markets as m
    where
        m.market_id is not null and m.state is not null
        and m.market_address in (
            select o.market_address from live.outbox as o where o.pos > done and o.pos <= head
        )
    on conflict (market_address) do update set
        state = excluded.state, creator = excluded.creator, volume = excluded.volume,
        created_at = excluded.created_at, last_trade_at = excluded.last_trade_at;
    get diagnostics moved = row_count;
    update live.cursors set seq = head, updated_at = clock_timestamp() where name = 'market_rank' and seq <> head;
    return moved;
end
$$;
