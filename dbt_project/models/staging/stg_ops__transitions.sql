with

transitions as (

    select * from {{ source('ops', 'transitions') }}

),

renamed as (

    select
        ---------- ids
        id as transition_id,
        market_id,
        market_address,

        ---------- strings
        action
    from transitions

)

select * from renamed
