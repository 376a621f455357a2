{{ config(
    readers='public',
    revise_by=['market_address', 'wallet'],
    indexes=[{'columns': ['market_id', 'kind']}],
) }}

with

proposal_votes as (

    select * from {{ ref('stg_market__proposal_vote_submitted') }}

),

dispute_votes as (

    select * from {{ ref('stg_market__dispute_vote_submitted') }}

),

unioned as (

    select
        market_address,
        market_id,
        wallet,
        'proposal' as kind,
        case when vote then 'like' else 'dislike' end as choice,
        signature,
        slot,
        chain_order,
        emitted_at
    from proposal_votes

    union all

    select
        market_address,
        market_id,
        wallet,
        'dispute' as kind,
        case when vote then 'agree' else 'disagree' end as choice,
        signature,
        slot,
        chain_order,
        emitted_at
    from dispute_votes

),

-- The program lets a wallet vote once per market and kind; of two, seen across a fork, the later.
votes as (

    select distinct on (market_address, kind, wallet)
        ---------- ids
        market_address,
        kind,
        wallet,
        market_id,
        signature,

        ---------- strings
        choice,

        ---------- place
        slot,
        chain_order,

        ---------- timestamps
        emitted_at as cast_at
    from unioned
    where market_address is not null and wallet is not null
    order by market_address asc, kind asc, wallet asc, chain_order desc

)

select * from votes
