-- One intent per (market, action, round), whoever asks and however often. Returns what now holds.
with wanted as (
    select *
    from jsonb_to_recordset(%(intents)s) as w (
        idempotency_key text, market_id text, market_address text, action text, round text,
        args jsonb, role text, due_at timestamptz
    )
),

opened as (
    insert into ops.transitions (
        idempotency_key, market_id, market_address, action, round, args, role, run_id, due_at
    )
    select idempotency_key, market_id, market_address, action, round, args, role, %(run_id)s, due_at
    from wanted
    on conflict (idempotency_key) do nothing
    returning id, idempotency_key, state
),

noted as (
    insert into ops.transition_history (transition_id, from_state, to_state, detail)
    select id, null, 'open', jsonb_build_object('run_id', %(run_id)s::text) from opened
)

select id from opened
union all
select known.id
from ops.transitions as known
inner join wanted using (idempotency_key)
where known.idempotency_key not in (select idempotency_key from opened)
order by id
