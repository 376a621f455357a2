-- Rounds that were decided already: their intent is with the keeper, or has ended.
select market_id, round
from ops.transitions
where action = any(%(actions)s) and market_id = any(%(markets)s)
