-- One row per (rule, subject) while it fires. What is new, or got another severity, waits for delivery.
insert into ops.alerts as known (rule, subject, severity, state, summary, details, runbook_url)
values (%(rule)s, %(subject)s, %(severity)s, 'firing', %(summary)s, %(details)s, %(runbook_url)s)
on conflict (rule, subject) where state = 'firing' do update set
    severity = excluded.severity,
    summary = excluded.summary,
    details = excluded.details,
    delivered_at = case when known.severity = excluded.severity then known.delivered_at end
returning id, xmax = 0 as is_new;
