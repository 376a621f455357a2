select exists (select from ops.alert_messages where settled_at is null) as waits
