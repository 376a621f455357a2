-- Every signature an intent was ever sent under. $1 id
select distinct detail ->> 'signature' as signature
from ops.transition_history
where transition_id = $1 and to_state = 'sent' and detail ? 'signature'
