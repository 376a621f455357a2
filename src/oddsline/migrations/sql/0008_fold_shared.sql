-- A batch in one statement: what several models read (typed trades) is worked out once for all of
-- them, and the messages' JSON is put together as text. Figures: docs/adr/0001.

---------------------------------------------------------------- all models in one statement

-- A model's insert and the queries it shares with others, as dbt split its select:
-- {"shared": [{"name": hash of the text, "sql"}], in order of need, "insert": text}.
-- Null where it was deployed before there were parts: it is then folded by its own function.
alter table live.models add column parts jsonb;

-- Puts every model's parts together as live.fold_models, or takes that away while one has none.
create function live.compose() returns void
language plpgsql
as $$
declare
    shared text;
    inserts text;
begin
    if exists (select from live.models where parts is null) or not exists (select from live.models) then
        drop function if exists live.fold_models(raw.events[], bigint, bigint);
        return;
    end if;
    select string_agg(format(', %I as (%s)', name, sql), E'\n' order by model, place)
    into shared
    from (
        select distinct on (s.query ->> 'name')
            s.query ->> 'name' as name, s.query ->> 'sql' as sql, m.name as model, s.place
        from live.models as m
        cross join lateral jsonb_array_elements(m.parts -> 'shared') with ordinality as s (query, place)
        order by s.query ->> 'name', m.name, s.place
    ) as queries;
    select string_agg(format(', %I as (%s)', 'into_' || name, parts ->> 'insert'), E'\n' order by name)
    into inserts
    from live.models;
    execute format(
        'create or replace function live.fold_models(fresh raw.events[], vote_lo bigint, vote_hi bigint) '
        'returns void language plpgsql '
        'set plan_cache_mode = force_generic_plan set jit = off set work_mem = ''64MB'' as %L',
        'declare done bigint; begin '
        'with new_events as materialized (select * from unnest($1)), '
        'new_votes as (select * from raw.votes where seq > $2 and seq <= $3)'
        || coalesce(shared, '') || inserts || ' select 1 into done; end'
    );
end
$$;

-- As before, and the model's parts.
drop function live.swap(text, text, text, text, text, text);
create function live.swap(
    model text, target_schema text, function_ddl text, revise_by text, sql_hash text, definition text,
    parts jsonb
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
    insert into live.models as m (name, relation, revise_by, sql_hash, definition, parts)
    values (model, target, nullif(revise_by, ''), sql_hash, definition, parts)
    on conflict (name) do update set
        relation = excluded.relation, revise_by = excluded.revise_by, sql_hash = excluded.sql_hash,
        definition = excluded.definition, parts = excluded.parts, deployed_at = clock_timestamp();
    perform live.compose();
    delete from shadow.builds where name = model;
    return true;
exception
    when lock_not_available or deadlock_detected then
        return false;
end
$$;

-- One batch. Where revisions lie in the range, each model's own function first computes anew what
-- they touch; everywhere else one statement serves all models.
create or replace function live.fold(
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
    if
        to_regprocedure('live.fold_models(raw.events[], bigint, bigint)') is not null
        and not exists (select from raw.revisions as r where r.seq > lo and r.seq <= hi)
    then
        perform live.fold_models(fresh, vote_lo, vote_hi);
    else
        for model in select name from live.models order by name loop
            execute format('select live.%I($1, $2, $3, $4, $5)', 'fold_' || model)
            using fresh, lo, hi, vote_lo, vote_hi;
        end loop;
    end if;
    if hi > lo and (select count(*) = 3 from live.models where name in ('markets', 'trades', 'lifecycle_events')) then
        messages := live.announce(fresh, lo, hi);
    end if;
    update live.cursors as c
    set seq = case c.name when 'events' then hi else vote_hi end, updated_at = clock_timestamp()
    where c.name in ('events', 'votes');
end
$$;

---------------------------------------------------------------- messages as text

-- JSON of digits and of words that are ours: nothing in them needs escaping. Plain SQL, inlined.
create function live.json_plain(value text) returns text
language sql immutable
as $$ select coalesce('"' || value || '"', 'null') $$;

-- JSON of what others wrote.
create function live.json_text(value text) returns text
language sql stable
as $$ select coalesce(to_json(value)::text, 'null') $$;

-- As before: the messages of a folded range, in chain order. json_build_object took 20 µs a trade,
-- the same put together as text takes 5.
create or replace function live.announce(rows raw.events[], lo bigint, hi bigint) returns bigint
language plpgsql
set plan_cache_mode = force_generic_plan
set jit = off
set work_mem = '64MB'
as $$
declare
    written bigint;
begin
    with told as materialized (
        select seq from raw.revisions where seq > lo and seq <= hi
    ),
    fresh as materialized (
        select
            e.name, e.market_address, e.market_id, e.slot, e.block_time,
            e.signature || ':' || e."outer" || '.' || e.inner_path || '.' || e.ordinal as event_id,
            (e.slot << 27) | (least(coalesce(e.tx_index, 65535), 65535)::bigint << 11)
                | least(e.position, 2047) as chain_order,
            t.commitment, coalesce(t.source = 'backfill', false) as is_late
        from unnest(rows) as e
        left join raw.transactions as t on t.slot = e.slot and t.signature = e.signature
        where not exists (select from told as r where r.seq = e.seq)
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
        where market_id is not null and name in ('SharesBought', 'SharesSold') and not is_late
        group by market_address
    ),
    -- What changes a market's row and none of the messages below tells: votes, tallies, claims,
    -- withdrawals. Whoever keeps a copy (answers in the API's memory) must hear of these too.
    touched as (
        select
            f.market_address, m.market_id, max(f.slot) as slot, max(f.commitment) as commitment,
            max(f.block_time) as at
        from fresh as f
        inner join marts.markets as m on m.market_address = f.market_address
        where
            m.market_id is not null
            and f.name in (
                'ProposalVoteSubmitted', 'ProposalAggregated', 'DisputeVoteSubmitted',
                'DisputeAggregated', 'WinningsClaimed', 'LiquidityWithdrawn'
            )
            and (f.market_id is null or not f.is_late)
        group by f.market_address, m.market_id
    ),
    messages as (
        select
            f.market_address, f.market_id, f.chain_order, 1 as rank, 'trade:executed' as type,
            f.slot, f.commitment, moment.at,
            concat(
                '{"trade_id":', live.json_text(t.trade_id), ',"market_id":', live.json_text(f.market_id),
                ',"market_address":', live.json_text(t.market_address), ',"wallet":', live.json_text(t.wallet),
                ',"buyer":', live.json_text(t.buyer), ',"seller":', live.json_text(t.seller),
                ',"side":', live.json_plain(t.side), ',"outcome":', live.json_plain(t.outcome),
                ',"shares":', live.json_plain(t.shares::text), ',"amount":', live.json_plain(t.amount::text),
                ',"gross":', live.json_plain(t.gross::text), ',"fee":', live.json_plain(t.fee::text),
                ',"price_yes":', live.json_plain(t.price_yes::text),
                ',"traded_at":', live.json_plain(moment.at), ',"slot":', t.slot,
                ',"tx_index":', coalesce(t.tx_index::text, 'null'),
                ',"signature":', live.json_text(t.signature), '}'
            ) as data
        from fresh as f
        inner join marts.trades as t on t.trade_id = f.event_id
        cross join lateral (select live.rfc3339(t.traded_at) as at offset 0) as moment
        where f.market_id is not null and f.name in ('SharesBought', 'SharesSold') and not f.is_late

        union all
        select
            m.market_address, m.market_id, t.chain_order, 2, 'price:update',
            t.chain_order >> 27, t.commitment, live.rfc3339(m.last_trade_at),
            concat(
                '{"price_yes":', live.json_plain(m.price_yes::text),
                ',"price_no":', live.json_plain((1000000000 - m.price_yes)::text),
                ',"shares_yes":', live.json_plain(m.shares_yes::text),
                ',"shares_no":', live.json_plain(m.shares_no::text),
                ',"volume":', live.json_plain(m.volume::text), '}'
            )
        from traded as t
        inner join marts.markets as m on m.market_address = t.market_address
        where m.market_id is not null

        union all
        select
            f.market_address, f.market_id, f.chain_order, 3, 'state:change',
            f.slot, f.commitment, live.rfc3339(moved.occurred_at),
            json_build_object('from', before.to_state, 'to', moved.to_state)::text
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
            f.market_id is not null and not f.is_late and before.to_state is distinct from moved.to_state
            and f.name not in ('SharesBought', 'SharesSold')

        union all
        select
            q.market_address, q.market_id, (q.slot + 1) << 27, 5, 'market:update', q.slot, q.commitment,
            live.rfc3339(q.at),
            json_build_object(
                'proposal_likes', m.proposal_likes, 'proposal_dislikes', m.proposal_dislikes,
                'dispute_agree', m.dispute_agree, 'dispute_disagree', m.dispute_disagree
            )::text
        from touched as q
        inner join marts.markets as m on m.market_address = q.market_address

        union all
        select
            r.market_address, r.market_id, r.slot << 27, 0, 'retract', r.slot, 'retracted',
            live.rfc3339(clock_timestamp()), r.trade_ids::text
        from retracted as r
        where r.trade_ids is not null

        union all
        select
            r.market_address, r.market_id, r.slot << 27, 4, 'resync', r.slot, null,
            live.rfc3339(clock_timestamp()), null
        from (
            select market_address, market_id, max(slot) as slot
            from (
                select market_address, market_id, slot from fresh where market_id is not null and is_late
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
    ranked as (
        select
            m.*,
            row_number() over (partition by m.market_address order by m.chain_order, m.rank) as nth,
            row_number() over (order by m.chain_order, m.market_address, m.rank) as place
        from messages as m
    ),
    sizes as (
        select market_address, count(*) as n from messages group by market_address
    ),
    numbered as (
        select r.*, c.seq - z.n + r.nth as market_seq, o.seq + r.place as pos, e.epoch
        from ranked as r
        inner join counted as c on c.market_address = r.market_address
        inner join sizes as z on z.market_address = r.market_address
        cross join (select seq from live.cursors where name = 'outbox') as o
        cross join live.epoch as e
    ),
    posted as (
        insert into live.outbox (pos, market_address, market_id, market_seq, type, body)
        select
            n.pos, n.market_address, n.market_id, n.market_seq, n.type,
            concat(
                '{"type":', live.json_plain(n.type), ',"market_id":', live.json_text(n.market_id),
                ',"epoch":', live.json_plain(n.epoch::text), ',"seq":', n.market_seq, ',"pos":', n.pos,
                ',"slot":', n.slot,
                case when n.type <> 'resync' then ',"commitment":' || live.json_plain(n.commitment) end,
                ',"at":', live.json_plain(n.at),
                case n.type
                    when 'resync' then ''
                    when 'retract' then
                        ',"trade_ids":' || n.data || ',"state":'
                        || coalesce(live.market_state(n.market_address)::text, 'null')
                    else ',"data":' || n.data
                end,
                '}'
            )
        from numbered as n
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
