-- Runs a query as the wallet in {{claims}}: the claims hold for this statement and are gone with it.
-- The query refers to them (offset 0 keeps it from being pulled up), so it cannot begin before they
-- are set; if it did, row-level security would find no wallet and show nothing.
with caller as materialized (
    select set_config('request.jwt.claims', {{claims}}, true) as told
)

select found.body
from caller
cross join lateral (
    select asked.body
    from (
        {{query}}
    ) as asked
    where caller.told is not null
    offset 0
) as found
