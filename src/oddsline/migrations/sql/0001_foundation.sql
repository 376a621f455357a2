-- The ground that cannot be changed later: keys, order, partitions, roles.

create schema raw;
create schema live;
create schema ops;
create schema marts;
create schema auth;

---------------------------------------------------------------- roles

-- The Supabase way: what a request may see is decided by the role it takes on, never by the login.
do $roles$
begin
    if not exists (select from pg_roles where rolname = 'anon') then
        create role anon nologin noinherit;
    end if;
    if not exists (select from pg_roles where rolname = 'authenticated') then
        create role authenticated nologin noinherit;
    end if;
    if not exists (select from pg_roles where rolname = 'service_role') then
        create role service_role nologin noinherit bypassrls;
    end if;
    -- Logs in for public traffic; can become anon or authenticated and nothing else.
    if not exists (select from pg_roles where rolname = 'authenticator') then
        create role authenticator login noinherit;
    end if;
    -- Logs in for traffic with a service key.
    if not exists (select from pg_roles where rolname = 'service') then
        create role service login noinherit;
    end if;
    if not exists (select from pg_roles where rolname = 'analyst') then
        create role analyst login;
    end if;
end
$roles$;

grant anon, authenticated to authenticator;
grant service_role to service;
alter role analyst set statement_timeout = '60s';
alter role analyst set default_transaction_read_only = on;

create function auth.claims() returns jsonb
language sql stable
as $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;

create function auth.uid() returns uuid
language sql stable
as $$ select nullif(auth.claims() ->> 'sub', '')::uuid $$;

create function auth.wallet() returns text
language sql stable
as $$ select nullif(auth.claims() ->> 'wallet', '') $$;

grant usage on schema auth to anon, authenticated, service_role;
grant usage on schema marts to anon, authenticated, service_role, analyst;

---------------------------------------------------------------- raw

-- One sequence for events, instructions and revisions, drawn only under the landing lock
-- (pg_advisory_xact_lock 7101), so that sequence order is commit order and a watermark skips nothing.
create sequence raw.seq;
-- Ballots have their own, under lock 7102.
create sequence raw.vote_seq;

create table raw.transactions (
    slot bigint not null,
    signature text not null,
    tx_index integer,                    -- position in the block; null until a source names it
    block_time timestamptz,
    err jsonb,                           -- meta.err; null = succeeded
    version text not null,               -- legacy, 0, 1
    fee numeric(20, 0),                  -- lamports
    log_truncated boolean not null default false,
    source text not null,                -- webhook, backfill, …
    commitment text not null,
    received_at timestamptz not null default clock_timestamp(),
    primary key (slot, signature)
) partition by range (slot);
create index on raw.transactions (signature);

-- The payload as received, zlib level 1 (Postgres from wheels has no lz4).
create table raw.payloads (
    slot bigint not null,
    signature text not null,
    payload bytea not null,
    primary key (slot, signature)
) partition by range (slot);
alter table raw.payloads alter column payload set storage external;

create table raw.events (
    seq bigint not null,
    program_id text not null,
    slot bigint not null,
    signature text not null,
    "outer" integer not null,            -- index of the top-level instruction
    inner_path integer not null,         -- 0 = the top-level instruction itself, n = its n-th inner instruction as the RPC lists them
    kind text not null check (kind in ('log', 'cpi', 'derived')),
    ordinal integer not null,            -- among events of one kind of one instruction
    position integer not null,           -- among all events of the transaction, in execution order
    name text not null,
    args jsonb not null,                 -- IDL field names; u64 as JSON numbers, keys base58, byte arrays hex
    ix_args jsonb,                       -- arguments of the instruction that emitted it, where known
    facts jsonb not null default '{}',   -- what the transaction says beyond args: gross, fee, protocol_fee, fee_basis
    actor text,                          -- the emitting instruction's signer
    market_id text,                      -- 64 hex, where the event or its instruction carries it
    market_address text,                 -- the market's PDA
    wallet text,                         -- whose act it is (user, creator, resolver, initiator …)
    tx_index integer,
    block_time timestamptz,
    provenance text not null,            -- log, cpi, derived
    mirrored boolean not null default false, -- a CPI event that repeats a log event of the same transaction: kept, not counted
    received_at timestamptz not null default clock_timestamp(),
    primary key (slot, signature, program_id, "outer", inner_path, kind, ordinal)
) partition by range (slot);
create index on raw.events (seq);
create index on raw.events (market_address, slot);
create index on raw.events (wallet, slot) where wallet is not null;

-- Instructions of successful transactions to the program.
create table raw.instructions (
    seq bigint not null,
    program_id text not null,
    slot bigint not null,
    signature text not null,
    "outer" integer not null,
    inner_path integer not null,
    name text not null,
    args jsonb not null,
    accounts jsonb not null,             -- account name in the IDL -> base58
    market_id text,
    market_address text,
    tx_index integer,
    block_time timestamptz,
    received_at timestamptz not null default clock_timestamp(),
    primary key (slot, signature, program_id, "outer", inner_path)
) partition by range (slot);
create index on raw.instructions (seq);

-- Raw is append-only: what turns out otherwise later is said here, in the same sequence.
create table raw.revisions (
    seq bigint primary key,
    kind text not null check (kind in ('retract', 'replace', 'redecode', 'position')),
    slot bigint not null,                -- where the revised transaction was first seen
    signature text not null,
    event_key jsonb,                     -- null = every event of the transaction
    row_after jsonb,                     -- the raw.events row that holds from now on; null = none
    market_address text,
    wallet text,
    reason text not null,
    created_at timestamptz not null default clock_timestamp()
);
create index on raw.revisions (slot, signature);

-- Items of a delivery that could not be used, kept whole.
create table raw.deliveries (
    id bigint generated always as identity primary key,
    received_at timestamptz not null default clock_timestamp(),
    source text not null,
    item bytea not null,                 -- zlib of the JSON item
    signature text,
    reason text not null,
    status text not null default 'quarantined' check (status in ('quarantined', 'queued', 'replayed', 'discarded')),
    attempts integer not null default 0,
    resolved_at timestamptz
);
create index on raw.deliveries (status, id);

-- Signed ballots, append-only; the exact signed bytes and signature are kept.
create table raw.votes (
    seq bigint primary key,
    market_id text not null,
    market_address text not null,
    kind text not null check (kind in ('proposal', 'dispute')),
    round text not null,                 -- signature of the event that opened the phase
    wallet text not null,
    choice text not null check (choice in ('like', 'dislike', 'agree', 'disagree')),
    nonce bigint not null,               -- issued_at in ms
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    encoding text not null check (encoding in ('raw', 'ocms')),
    signed_bytes bytea not null,
    signature text not null,             -- base58
    received_at timestamptz not null default clock_timestamp(),
    unique (market_id, kind, round, wallet, nonce)
);
create index on raw.votes (market_id, kind, round, wallet);

-- The completeness ledger: for each range of slots, who said what is in it.
create table raw.slot_ranges (
    id bigint generated always as identity primary key,
    program_id text not null,
    from_slot bigint not null,
    to_slot bigint not null check (to_slot >= from_slot),
    source text not null,
    commitment text not null,
    signatures integer not null,
    signatures_hash text not null,       -- sha256 over the sorted signatures, newline joined
    standing text not null check (standing in ('open', 'agreed', 'proven')),
    reason text,
    created_at timestamptz not null default clock_timestamp(),
    closed_at timestamptz
);
create index on raw.slot_ranges (program_id, from_slot);
create index on raw.slot_ranges (standing) where standing = 'open';

-- Partitions by slot, made ahead by landing; each about three weeks at 400 ms. Built apart and then
-- attached: `create table … partition of` would lock the parent against its readers.
create function raw.ensure_partitions(slot bigint) returns void
language plpgsql
as $$
declare
    width constant bigint := 5000000;
    low bigint := (slot / width) * width;
    parent text;
    part text;
begin
    perform pg_advisory_xact_lock(7100);
    foreach parent in array array['transactions', 'payloads', 'events', 'instructions'] loop
        part := parent || '_' || low;
        if to_regclass(format('raw.%I', part)) is null then
            execute format('create table raw.%I (like raw.%I including all)', part, parent);
            execute format(
                'alter table raw.%I attach partition raw.%I for values from (%s) to (%s)',
                parent, part, low, low + width
            );
        end if;
    end loop;
end
$$;

---------------------------------------------------------------- live

create table live.cursors (
    name text primary key,               -- events, votes
    seq bigint not null,
    updated_at timestamptz not null default clock_timestamp()
);
insert into live.cursors (name, seq) values ('events', 0), ('votes', 0);

-- What clients are told, written in the fold's own transaction.
create table live.outbox (
    pos bigint primary key,              -- gapless, allotted by the one folder
    market_address text not null,
    market_id text not null,
    market_seq bigint not null,
    type text not null,
    body text not null,                  -- the message's JSON, as it will be sent (without per-connection fields)
    created_at timestamptz not null default clock_timestamp()
);
create index on live.outbox (market_address, market_seq);

create table live.market_seqs (
    market_address text primary key,
    seq bigint not null
);

create table live.epoch (
    only_row boolean primary key default true check (only_row),
    epoch uuid not null default gen_random_uuid(),
    minted_at timestamptz not null default clock_timestamp()
);
insert into live.epoch default values;

-- One row per deployed live model; written by the dbt materialization.
create table live.models (
    name text primary key,
    relation text not null,
    source text not null default 'events', -- which cursor feeds it: events, votes
    revise_by text,                      -- raw column whose values name the keys a revision touches
    sql_hash text not null,
    definition text not null,            -- the compiled select
    deployed_at timestamptz not null default clock_timestamp()
);

---------------------------------------------------------------- ops

create table ops.dead_letters (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('delivery', 'event', 'fold', 'transition')),
    key text not null,                   -- what it is about; names its signature where it has one
    payload jsonb not null,
    reason text not null,
    class text not null,                 -- Transient, Permanent, Unknown, or the error's name
    status text not null default 'open' check (status in ('open', 'retrying', 'manual_review', 'resolved')),
    attempts integer not null default 0,
    next_retry_at timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    resolved_at timestamptz,
    resolution text,
    unique (kind, key)
);
create index on ops.dead_letters (status, next_retry_at);

create table ops.alerts (
    id bigint generated always as identity primary key,
    rule text not null,
    subject text not null,
    severity text not null check (severity in ('info', 'warning', 'critical')),
    state text not null check (state in ('firing', 'resolved')),
    summary text not null,
    details jsonb not null default '{}',
    runbook_url text,
    fired_at timestamptz not null default clock_timestamp(),
    resolved_at timestamptz,
    delivered_at timestamptz,            -- the firing message left
    recovery_delivered_at timestamptz,   -- the recovery message left
    delivery_error text
);
create unique index on ops.alerts (rule, subject) where state = 'firing';
create index on ops.alerts (fired_at);

create table ops.check_results (
    id bigint generated always as identity primary key,
    suite text not null,
    check_name text not null,
    passed boolean not null,
    severity text not null check (severity in ('info', 'warning', 'critical')),
    observed jsonb not null default '{}',
    sample jsonb not null default '[]',
    run_id text,
    checked_at timestamptz not null default clock_timestamp()
);
create index on ops.check_results (suite, check_name, checked_at);

create table ops.api_keys (
    prefix text primary key,
    secret_hash text not null,           -- sha256 hex of the 32 random bytes
    name text not null,
    scopes text[] not null,              -- read, stream:all, service, admin
    rate_per_minute integer not null default 1000 check (rate_per_minute > 0),
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);
