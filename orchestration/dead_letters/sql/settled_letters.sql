-- Letters whose matter is settled, whoever did it: the chain shows the transition done, the item has
-- landed or was given up, the fold holds the row parked no more.
select letter.id, 'the chain shows it done' as resolution
from ops.dead_letters as letter
left join ops.transitions as intent on intent.idempotency_key = letter.key
left join marts.markets as markets on markets.market_address = intent.market_address
where
    letter.kind = 'transition' and letter.status <> 'resolved'
    and (
        intent.state = 'done'
        or (
            intent.action = 'finalize_market' and intent.state in ('failed', 'dead')
            and markets.state in ('FINALIZED', 'CANCELLED')
        )
        or (
            intent.action = 'activate_market' and intent.state in ('failed', 'dead')
            and markets.state not in ('PROPOSED', 'APPROVED')
        )
    )
union all
select letter.id, 'the delivery was ' || held.status
from ops.dead_letters as letter
inner join raw.deliveries as held on held.id = (letter.payload ->> 'delivery_id')::bigint
where
    letter.kind = 'delivery' and letter.status <> 'resolved'
    and held.status in ('replayed', 'discarded')
union all
select letter.id, 'the fold holds it parked no more'
from ops.dead_letters as letter
where
    letter.kind = 'fold' and letter.status not in ('resolved', 'retrying')
    and not exists (select from live.parked where seq = (letter.payload ->> 'seq')::bigint)
order by id
