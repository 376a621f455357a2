-- Lamports of fees signed for since midnight UTC.
select coalesce(sum((detail ->> 'fee_lamports')::numeric), 0)::bigint as spent
from ops.transition_history
where to_state = 'sent' and detail ? 'fee_lamports' and at >= date_trunc('day', clock_timestamp(), 'UTC')
