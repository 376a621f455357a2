select
    (select count(*) from raw.events) as events,
    (select count(*) from raw.events where provenance = 'derived') as derived,
    (select count(*) from raw.deliveries) as quarantined,
    (select count(*) from ops.dead_letters) as dead_letters,
    -- A range that was open once keeps the reason for it.
    (
        select count(*) from raw.slot_ranges where standing <> 'open' and reason is not null
    ) as gaps_closed
