-- What a wallet paid is gross plus fee, what it got is gross less fee; the protocol's part is a part.
{{ config(meta={'dagster': {'ref': {'name': 'trades'}}}) }}

select trade_id
from {{ ref('trades') }}
where
    gross is not null
    and (
        amount <> gross + case side when 'buy' then fee else -fee end
        or protocol_fee > fee
        or protocol_fee < 0
    )
