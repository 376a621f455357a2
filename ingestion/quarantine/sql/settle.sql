-- What a try came to: landed (reason null), or still held for a reason.
update raw.deliveries
set
    status = case when $2::text is null then 'replayed' else status end,
    reason = coalesce($2, reason),
    attempts = attempts + 1,
    resolved_at = case when $2::text is null then clock_timestamp() end
where id = $1;
