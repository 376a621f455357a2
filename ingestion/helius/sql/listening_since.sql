-- Since when a delivery could have found us, Unix seconds: since the ledger's first entry, which the
-- process that takes deliveries writes as it starts, or since this database took another's place.
select
    extract(epoch from greatest(
        (select minted_at from live.epoch),
        (select created_at from raw.slot_ranges order by id limit 1)
    ))::float8 as since
