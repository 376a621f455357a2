{{ config(readers='public') }}

with

ballots as (

    select * from {{ ref('ballots') }}

),

chain_votes as (

    select * from {{ ref('onchain_votes') }}

),

lifecycle as (

    select * from {{ ref('lifecycle_events') }}

),

-- A vote cast on chain belongs to the round during which it was cast. Read twice below, so it says
-- that it may be worked out in place: else it would be made of every vote before a market is chosen.
placed as not materialized (

    select
        chain_votes.market_id,
        chain_votes.market_address,
        chain_votes.kind,
        opening.signature as round,
        chain_votes.wallet,
        chain_votes.choice,
        chain_votes.cast_at
    from chain_votes
    left join lateral (
        select lifecycle.signature
        from lifecycle
        where
            lifecycle.market_address = chain_votes.market_address
            and lifecycle.chain_order <= chain_votes.chain_order
            and lifecycle.event
            = case chain_votes.kind when 'proposal' then 'MarketCreated' else 'DisputeInitiated' end
        order by lifecycle.chain_order desc
        limit 1
    ) as opening on true

),

-- One wallet counts once: what it cast on chain stands before its ballot.
votes as (

    select
        market_id,
        market_address,
        kind,
        round,
        wallet,
        choice,
        'onchain' as source,
        cast_at
    from placed

    union all

    select
        ballots.market_id,
        ballots.market_address,
        ballots.kind,
        ballots.round,
        ballots.wallet,
        ballots.choice,
        'offchain' as source,
        ballots.cast_at
    from ballots
    left join placed
        on
            ballots.market_address = placed.market_address
            and ballots.kind = placed.kind
            and ballots.wallet = placed.wallet
    where ballots.round is distinct from placed.round

)

select * from votes
