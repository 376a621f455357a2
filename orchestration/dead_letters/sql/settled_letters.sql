-- Letters whose transition the chain shows done, whoever did it.
select letter.id
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
order by letter.id
