-- What Oddsline wants to happen on chain, and what came of it.

create type ops.transition_state as enum (
    'open',          -- written by orchestration; -> leased, held, cancelled
    'held',          -- waits for a release; -> open, cancelled
    'leased',        -- a keeper works on it; -> sent, done, failed, open (lease expired)
    'sent',          -- signature stored, broadcast may have happened; -> done, failed, leased (proven expiry)
    'done',          -- the account shows it
    'failed',        -- this attempt is over; -> open (retry), dead
    'dead',          -- in the dead-letter queue; -> open (replay)
    'cancelled'
);

create table ops.transitions (
    id bigint generated always as identity primary key,
    idempotency_key text not null unique, -- market, action, round
    market_id text,
    market_address text,
    action text not null,                -- approve_proposal, finalize_market, …
    round text not null default '',
    args jsonb not null default '{}',
    role text not null,                  -- which signer: admin, backend, activator, payer
    state ops.transition_state not null default 'open',
    attempts integer not null default 0,
    not_before timestamptz not null default clock_timestamp(),
    lease_owner text,
    lease_until timestamptz,
    fence bigint not null default 0,     -- grows with every lease; a stale keeper's writes do not match
    signature text,                      -- stored before broadcast
    wire bytea,                          -- the exact signed bytes
    last_valid_block_height bigint,      -- of the blockhash that was signed, not of a later one
    signed_slot bigint,                  -- when that blockhash was given out; slot minus height never shrinks
    signed_at timestamptz,
    landed_slot bigint,
    fee_lamports numeric(20, 0),         -- of everything signed for it, landed or not
    error_name text,
    error_class text,
    error_detail text,
    hold_reason text,
    run_id text,
    due_at timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz
);
create index on ops.transitions (state, not_before);
create index on ops.transitions (market_id, action);

create table ops.transition_history (
    id bigint generated always as identity primary key,
    transition_id bigint not null references ops.transitions (id),
    from_state ops.transition_state,
    to_state ops.transition_state not null,
    detail jsonb not null default '{}',
    at timestamptz not null default clock_timestamp()
);
create index on ops.transition_history (transition_id, id);
create index on ops.transition_history (at) where to_state = 'sent';

-- The pause switch: while it is on no intent is taken up; what was sent is still followed.
create table ops.keeper_switch (
    only_row boolean primary key default true check (only_row),
    paused boolean not null default false,
    reason text,
    changed_at timestamptz not null default clock_timestamp()
);
insert into ops.keeper_switch default values;

create table ops.holds (
    market_id text primary key,
    reason text not null,
    rule text not null,                  -- operator, price_contradiction, early_resolution, resolver_interest
    held_at timestamptz not null default clock_timestamp(),
    released_at timestamptz,
    released_by text
);

-- Every count that was made, as it was made; a decision is carried to the chain with its memo.
create table ops.tallies (
    id bigint generated always as identity primary key,
    market_id text not null,
    kind text not null,
    round text not null,
    in_favour integer not null,          -- likes or agrees
    against integer not null,
    voters integer not null,
    threshold_bps integer not null,
    quorum integer not null,             -- voters needed
    eligibility text not null,
    decision text not null,              -- pending, approved, rejected, upheld, extended, manual_review
    decided_by text not null default 'tally', -- or operator:as-voted, operator:keep-outcome
    counted_root text not null,          -- hex, RFC 6962 tree over counted ballots
    rejected_root text not null,
    rejected integer not null,
    ineligible text[] not null default '{}', -- wallets that the eligibility rule kept out
    cutoff_seq bigint not null,          -- ballots stored later were not looked at
    chain_until bigint not null,         -- on-chain votes before this chain time (unix s) count
    sent_in_favour integer,              -- what was sent to the chain, where an operator decided
    sent_against integer,
    memo text,                           -- as carried to the chain; null while pending
    run_id text,
    computed_at timestamptz not null default clock_timestamp(),
    unique nulls not distinct (
        market_id, kind, round, counted_root, rejected_root, decision, decided_by
    )
);
create index on ops.tallies (market_id, kind, id);
