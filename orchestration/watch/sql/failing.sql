-- Transitions that failed or expired so often and are neither done nor closed by a person. From the
-- few that are unfinished to their history, never over all of it: the watch asks every few seconds.
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
cross join lateral (
    select count(*) as times
    from ops.transition_history as moves
    where
        moves.transition_id = intent.id
        and (moves.to_state = 'failed' or (moves.from_state = 'sent' and moves.to_state = 'leased'))
) as again
where
    intent.state in ('open', 'held', 'leased', 'sent', 'failed', 'dead')
    and again.times >= %(times)s
    and not exists (
        select from ops.dead_letters as letter
        where
            letter.kind = 'transition'
            and letter.key = intent.idempotency_key
            and letter.status = 'resolved'
    )
order by again.times desc, intent.id
limit %(at_most)s
