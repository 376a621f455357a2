-- Transitions that failed or expired so often and are neither done nor closed by a person.
select
    count(*) over () as total,
    intent.id,
    intent.market_id,
    intent.action,
    intent.state::text as state,
    again.times,
    intent.error_name,
    intent.signature
from ops.transitions as intent
inner join (
    select
        transition_id,
        count(*) as times
    from ops.transition_history
    where to_state = 'failed' or (from_state = 'sent' and to_state = 'leased')
    group by transition_id
    having count(*) >= %(times)s
) as again on intent.id = again.transition_id
where
    intent.state not in ('done', 'cancelled')
    and not exists (
        select from ops.dead_letters as letter
        where
            letter.kind = 'transition'
            and letter.key = intent.idempotency_key
            and letter.status = 'resolved'
    )
order by again.times desc, intent.id
limit %(at_most)s
