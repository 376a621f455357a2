-- Seconds since the completeness ledger last looked, for the program that was looked at longest ago;
-- null = it has never begun.
select extract(epoch from clock_timestamp() - min(checked_at))::float8 as silent_s
from raw.ledger
