-- All that was said about a transaction since.
select kind, event_key, row_after
from raw.revisions
where slot = $1 and signature = $2
order by seq;
