-- What a run opened, in any of its attempts.
select id from ops.transitions
where run_id = %(run_id)s and action in ('approve_proposal', 'aggregate_proposal_votes')
order by id
