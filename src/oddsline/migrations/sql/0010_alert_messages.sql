-- What is to be told of alerts: an outbox, written with the change itself, whoever makes it.

create table ops.alert_messages (
    id bigint generated always as identity primary key,
    alert_id bigint not null references ops.alerts (id) on delete cascade,
    change text not null check (change in ('firing', 'severity', 'resolved')),
    severity text not null,
    summary text not null,
    changed_at timestamptz not null default clock_timestamp(),
    delivered_to text[] not null default '{}',  -- names of targets, never their URLs
    settled_at timestamptz                      -- every target has it; null = somebody waits
);
create index on ops.alert_messages (id) where settled_at is null;
create index on ops.alert_messages (alert_id);

-- Where messages go, as far as the deliverers have tried. A name tells a scheme and a hash.
create table ops.alert_targets (
    name text primary key,
    since timestamptz not null default clock_timestamp(), -- older messages are not for it
    failures integer not null default 0,                  -- in a row
    due_at timestamptz not null default clock_timestamp(),
    error text,
    delivered_at timestamptz
);

create function ops.tell_of_alert() returns trigger
language plpgsql
as $$
begin
    insert into ops.alert_messages (alert_id, change, severity, summary)
    values (
        new.id,
        case
            when tg_op = 'INSERT' or new.state = 'resolved' then new.state
            else 'severity'
        end,
        new.severity,
        new.summary
    );
    return null;
end
$$;

create trigger told_when_new after insert on ops.alerts
for each row execute function ops.tell_of_alert();

create trigger told_when_changed after update on ops.alerts
for each row when (old.state <> new.state or old.severity <> new.severity)
execute function ops.tell_of_alert();

grant select on ops.alert_messages, ops.alert_targets to service_role;
