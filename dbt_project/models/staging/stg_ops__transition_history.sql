with

moves as (

    select * from {{ source('ops', 'transition_history') }}

),

renamed as (

    select
        ---------- ids
        id as move_id,
        transition_id,
        detail ->> 'signature' as signature,

        ---------- strings
        from_state::text as from_state,
        to_state::text as to_state,
        detail ->> 'how' as how,
        detail ->> 'error' as error_name,

        ---------- lamports
        (detail ->> 'fee_lamports')::numeric as fee,

        ---------- timestamps
        at as moved_at
    from moves

)

select * from renamed
