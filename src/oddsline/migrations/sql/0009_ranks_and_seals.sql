---------------------------------------------------------------- wallets per window, sorted

-- A leaderboard over all of wallet_daily takes seconds once there are millions of trades; this copy
-- of its sums is read by index. Windows are whole UTC days of chain time, counted back from the
-- latest day that has one.
create table marts.wallet_rank (
    window_name text not null check (window_name in ('day', 'week', 'month', 'all')),
    wallet text not null,
    volume numeric not null,
    trade_count bigint not null,
    market_count bigint not null,
    net_cash numeric not null,
    primary key (window_name, wallet)
);
create index on marts.wallet_rank (window_name, volume desc, wallet);
create index on marts.wallet_rank (window_name, trade_count desc, wallet);
create index on marts.wallet_rank (window_name, net_cash desc, wallet);
alter table marts.wallet_rank enable row level security;
grant select on marts.wallet_rank to anon, authenticated, service_role, analyst;
create policy anyone_reads on marts.wallet_rank for select to anon, authenticated, analyst using (true);
comment on table marts.wallet_rank is
'What each wallet traded within each window, summed from marts.wallet_daily every few seconds. One row per window and wallet.';

insert into live.cursors (name, seq) values ('wallet_rank', 0), ('wallet_rank_day', 0);

-- Wallets that rows after `lo` up to `hi` speak of, revisions included.
create function live.wallets_touched(lo bigint, hi bigint) returns text[]
language sql stable
as $$
    select coalesce(array_agg(distinct touched.wallet), '{}')
    from (
        select e.wallet
        from raw.events as e
        where e.seq > lo and e.seq <= hi and e.name in ('SharesBought', 'SharesSold', 'WinningsClaimed')
        union all
        select r.wallet from live.revised_rows(lo, hi) as r
    ) as touched
    where touched.wallet is not null
$$;

-- Sums anew the wallets touched since the last time; all of them when a new day has begun, or where
-- `everything` asks for it. Returns how many rows it wrote.
create function live.refresh_wallet_rank(everything boolean default false) returns bigint
language plpgsql
set jit = off
set work_mem = '64MB'
as $$
declare
    done bigint;
    head bigint;
    known bigint;
    latest date;
    touched text[];
    written bigint;
begin
    select seq into done from live.cursors where name = 'wallet_rank' for update;
    select seq into known from live.cursors where name = 'wallet_rank_day';
    select seq into head from live.cursors where name = 'events';
    if head = done and not everything then
        return 0;
    end if;
    touched := live.wallets_touched(done, head);
    select case when everything then max(d.day) else greatest(max(d.day), date 'epoch' + known::integer) end
    into latest
    from marts.wallet_daily as d
    where everything or d.wallet = any(touched);
    if everything or latest > date 'epoch' + known::integer then
        touched := null;
    end if;
    delete from marts.wallet_rank where touched is null or wallet = any(touched);
    insert into marts.wallet_rank (window_name, wallet, volume, trade_count, market_count, net_cash)
    select
        w.name, d.wallet, sum(d.invested + d.proceeds), sum(d.trade_count)::bigint,
        count(distinct d.market_address), sum(d.proceeds + d.claimed - d.invested)
    from marts.wallet_daily as d
    inner join (values ('day', 1), ('week', 7), ('month', 30), ('all', 1000000)) as w (name, days)
        on d.day > latest - w.days
    where touched is null or d.wallet = any(touched)
    group by w.name, d.wallet;
    get diagnostics written = row_count;
    update live.cursors as c
    set seq = case c.name when 'wallet_rank' then head else latest - date 'epoch' end, updated_at = clock_timestamp()
    where c.name in ('wallet_rank', 'wallet_rank_day') and latest is not null;
    return written;
end
$$;

---------------------------------------------------------------- seals

-- The rows of a finalized market as a rebuild last found them: whoever alters one later is found
-- by comparing hashes, without a rebuild. A revision of the market's rows opens its seal.
create table live.seals (
    market_address text primary key,
    hash text not null,
    sealed_at timestamptz not null default clock_timestamp(),
    -- What had been folded then: a later revision of the market is told by its seq.
    seq bigint not null
);
create index on raw.revisions (market_address, seq);

-- Everything the live marts say of the given markets, as one hash each. Plain dynamic SQL: which
-- marts there are is dbt's to say.
create function live.market_hashes(addresses text[]) returns table (market_address text, hash text)
language plpgsql stable
set jit = off
set work_mem = '64MB'
set timezone = 'UTC'
as $$
declare
    parts text;
begin
    select string_agg(
        format(
            'select t.market_address, %L || md5(to_jsonb(t)::text) as line from %s as t where t.market_address = any($1)',
            m.name, m.relation
        ),
        ' union all '
    )
    into parts
    from live.models as m
    where exists (
        select from pg_attribute as a
        where a.attrelid = m.relation::regclass and a.attname = 'market_address' and not a.attisdropped
    );
    return query execute
        'select l.market_address, md5(string_agg(l.line, '''' order by l.line)) from ('
        || coalesce(parts, 'select null::text, null::text where false')
        || ') as l (market_address, line) group by l.market_address'
    using addresses;
end
$$;
