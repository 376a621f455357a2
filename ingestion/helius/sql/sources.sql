-- Who brought these transactions; the webhook, where several did.
select distinct on (signature) signature, source
from raw.transactions
where signature = any($1)
order by signature, source = 'webhook' desc;
