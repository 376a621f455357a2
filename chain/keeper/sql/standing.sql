-- The switch, and how many intents stand in each state.
select
    switch.paused,
    switch.reason,
    intent.state,
    count(intent.id) as intents
from ops.keeper_switch as switch
left join ops.transitions as intent on true
group by switch.paused, switch.reason, intent.state
order by intent.state
