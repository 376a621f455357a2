-- A note that moves nothing. $1 id, $2 detail
insert into ops.transition_history (transition_id, from_state, to_state, detail)
select id, state, state, $2::jsonb from ops.transitions where id = $1
