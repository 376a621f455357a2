select
    id, idempotency_key, market_id, market_address, action, state, attempts, signature, landed_slot,
    error_name, error_class, error_detail, hold_reason, due_at, signed_at, finished_at
from ops.transitions
where id = any(%(ids)s)
order by id
