select
    (select count(*) from raw.events) as events,
    (select count(*) from raw.events where provenance = 'derived') as derived,
    (select count(*) from raw.deliveries) as quarantined,
    (select count(*) from ops.dead_letters) as dead_letters
