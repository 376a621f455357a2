-- Intents of a market that no keeper has taken yet, or that a hold keeps.
select id from ops.transitions
where market_id = %(market_id)s and state = %(state)s::ops.transition_state
