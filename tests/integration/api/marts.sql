-- The marts' columns that stay, by contract, with the policy that keeps positions private.
create table marts.markets (
    market_address text primary key,
    market_id text,
    creator text,
    state text,
    b_parameter numeric(20, 0),
    initial_liquidity numeric(20, 0),
    shares_yes numeric not null default 0,
    shares_no numeric not null default 0,
    price_yes numeric(20, 0),
    volume numeric not null default 0,
    volume_gross numeric not null default 0,
    trade_count bigint not null default 0,
    proposal_likes bigint,
    proposal_dislikes bigint,
    dispute_agree bigint,
    dispute_disagree bigint,
    proposed_outcome text,
    final_outcome text,
    was_disputed boolean not null default false,
    resolver text,
    created_at timestamptz,
    approved_at timestamptz,
    activated_at timestamptz,
    resolution_proposed_at timestamptz,
    dispute_initiated_at timestamptz,
    finalized_at timestamptz,
    cancelled_at timestamptz,
    last_trade_at timestamptz,
    last_slot bigint not null
);
create table marts.trades (
    trade_id text primary key,
    market_id text,
    market_address text not null,
    wallet text not null,
    buyer text not null,
    seller text not null,
    signature text not null,
    side text not null,
    outcome text not null,
    shares numeric(20, 0),
    amount numeric(20, 0),
    gross numeric(20, 0),
    fee numeric(20, 0),
    price_yes numeric(20, 0),
    slot bigint not null,
    tx_index integer,
    position integer not null,
    chain_order bigint not null,
    traded_at timestamptz not null
);
create table marts.positions (
    market_address text not null,
    wallet text not null,
    market_id text,
    shares_yes numeric not null default 0,
    shares_no numeric not null default 0,
    invested numeric not null default 0,
    proceeds numeric not null default 0,
    claimed numeric not null default 0,
    trade_count bigint not null default 0,
    first_trade_at timestamptz,
    last_trade_at timestamptz,
    primary key (market_address, wallet)
);
create table marts.votes (
    market_id text,
    market_address text not null,
    kind text not null,
    round text,
    wallet text not null,
    choice text not null,
    source text not null,
    cast_at timestamptz not null
);
create table marts.protocol_config (
    is_in_force boolean not null,
    proposal_approval_threshold integer,
    dispute_success_threshold integer
);
create table marts.market_transitions (
    market_id text,
    market_address text not null,
    from_state text,
    to_state text not null,
    event text not null,
    actor text,
    signature text not null,
    at timestamptz not null,
    slot bigint not null
);
create table marts.candles (
    market_id text,
    market_address text not null,
    interval text not null,
    bucket timestamptz not null,
    open numeric(20, 0) not null,
    high numeric(20, 0) not null,
    low numeric(20, 0) not null,
    close numeric(20, 0) not null,
    volume numeric not null,
    trade_count bigint not null,
    primary key (market_address, interval, bucket)
);
grant select on all tables in schema marts to anon, authenticated, service_role;
revoke select on marts.positions from anon;
alter table marts.positions enable row level security;
create policy own_wallet on marts.positions for select to authenticated
using (wallet = (select auth.wallet()));
