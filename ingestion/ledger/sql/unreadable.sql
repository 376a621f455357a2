-- Slots in which an event is known to have happened and could not be read: never silently complete.
select t.slot, min(d.class || ': ' || t.signature) as reason
from ops.dead_letters as d
inner join raw.transactions as t on t.signature = split_part(d.key, ':', 1)
where
    d.kind = 'event' and d.status <> 'resolved' and d.class = any($3)
    and t.slot between $1 and $2
group by t.slot
order by t.slot;
