-- A target that is new may have what nobody has settled yet: the line has just begun to speak.
insert into ops.alert_targets (name, since)
select
    named.name,
    least(
        clock_timestamp(),
        (select min(waiting.changed_at) from ops.alert_messages as waiting where waiting.settled_at is null)
    )
from unnest(%(names)s::text[]) as named (name)
on conflict (name) do nothing
