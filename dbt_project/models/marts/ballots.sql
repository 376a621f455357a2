{{ config(
    readers='public',
    fillfactor=80,
) }}

with

ballots as (

    select * from {{ ref('stg_ballots') }}

),

-- A wallet may change its vote until the decision: the newest nonce stands.
standing as (

    select distinct on (market_id, kind, round, wallet)
        ---------- ids
        market_id,
        kind,
        round,
        wallet,
        market_address,

        ---------- strings
        choice,

        ---------- numerics
        nonce,

        ---------- timestamps
        received_at as cast_at
    from ballots
    order by market_id asc, kind asc, round asc, wallet asc, nonce desc, choice desc

)

select * from standing
