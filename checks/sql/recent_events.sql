-- The newest events as landed, one row each, with what the rules need made plain.
select
    seq,
    signature,
    name,
    market_address,
    provenance,
    name || '(' || (
        select string_agg(field, ',' order by field collate "C") from jsonb_object_keys(args) as field
    ) || ')' as shape,
    (args ->> 'new_price_yes')::numeric as price_yes,
    coalesce((args ->> 'cost')::numeric, (args ->> 'proceeds')::numeric) as amount,
    (facts ->> 'gross')::numeric as gross,
    (facts ->> 'fee')::numeric as fee,
    market_address is null and name not in (
        'GlobalConfigInitialized', 'ConfigUpdated', 'ProtocolPauseStatusChanged'
    ) as lacks_market,
    extract(epoch from block_time - received_at) as ahead_seconds
from raw.events
where seq > (select coalesce(max(seq), 0) - 50000 from raw.events)
