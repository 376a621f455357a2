-- Give items up, by an operator's word; they stay in the table.
update raw.deliveries
set status = 'discarded', resolved_at = clock_timestamp()
where id = any($1) and status in ('quarantined', 'queued')
returning id;
