-- A vote as it stands in market $1 for kind $2: each wallet once, in the phase's newest round.
-- A vote cast on chain names no round; it belongs to the round during which it was cast.
with phase as (
    select
        m.state,
        m.market_id,
        m.proposal_likes,
        m.proposal_dislikes,
        m.dispute_agree,
        m.dispute_disagree,
        (
            select t.signature
            from marts.market_transitions as t
            where
                t.market_address = m.market_address
                and t.event = case $2::text
                    when 'proposal' then 'MarketCreated'
                    else 'DisputeInitiated'
                end
            order by t.slot desc
            limit 1
        ) as round
    from marts.markets as m
    where m.market_address = $1
),

counted as (
    select distinct on (v.wallet)
        v.wallet,
        v.choice,
        v.source
    from marts.votes as v
    cross join phase
    where
        -- As a value, which reaches the indexes below the view, where a join's condition would not.
        v.market_id = (select market_id from phase)
        and v.kind = $2
        and (v.round is null or v.round = '' or phase.round is null or v.round = phase.round)
    -- What was cast on chain counts before any ballot of the same wallet.
    order by v.wallet asc, (v.source = 'onchain') desc, v.cast_at desc
)

select
    phase.market_id,
    phase.state,
    phase.round,
    count(*) filter (where counted.choice in ('like', 'agree')) as in_favour,
    count(*) filter (where counted.choice in ('dislike', 'disagree')) as against,
    count(*) filter (where counted.source = 'onchain') as onchain,
    count(*) filter (where counted.source = 'offchain') as offchain,
    (
        select case $2::text
            when 'proposal' then config.proposal_approval_threshold
            else config.dispute_success_threshold
        end
        from marts.protocol_config as config
        where config.is_in_force
    ) as threshold_bps,
    case $2::text
        when 'proposal' then phase.proposal_likes else phase.dispute_agree
    end as aggregated_in_favour,
    case $2::text
        when 'proposal' then phase.proposal_dislikes else phase.dispute_disagree
    end as aggregated_against
from phase
left join counted on true
group by
    phase.market_id, phase.state, phase.round, phase.proposal_likes, phase.proposal_dislikes,
    phase.dispute_agree, phase.dispute_disagree
