with

votes as (

    select * from {{ source('raw', 'votes') }}

),

renamed as (

    select
        ---------- ids
        market_id,
        market_address,
        wallet,

        ---------- strings
        kind,
        round,
        choice,

        ---------- numerics
        nonce,

        ---------- timestamps
        received_at
    from votes

)

select * from renamed
