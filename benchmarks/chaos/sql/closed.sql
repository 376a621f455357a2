-- Ranges that were open once: noted as such before they closed.
select count(*) from raw.slot_ranges
where closed_at is not null and closed_at > created_at and standing <> 'open'
