-- The last ballot in time of questions whose phase is over: $1 their markets, $2 kinds, $3 rounds,
-- $4 the phases' ends by the chain's clock (unix seconds), $5 the slots that opened them, $6 the
-- newest ballot there is.
--
-- A phase ends by the chain's clock, ballots arrive by ours, and neither is computed from the
-- other: in time is what was stored before we had seen a transaction of a block at or past the
-- end; where none was seen, before this count. What a count has once used stands for its round
-- and end. Within raw.votes receipt follows sequence, so one number says it all.
with recursive question as (
    select *
    from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) with ordinality as
        asked (market_id, kind, round, ends_at, opened_slot, n)
),

-- Block times grow with slots: halve the range until the first transaction past the end is found.
search as (
    select
        question.n,
        question.ends_at,
        question.opened_slot as low,
        (select coalesce(max(known.slot), 0) + 1 from raw.transactions as known) as high
    from question

    union all

    select
        step.n,
        step.ends_at,
        case when step.is_past then step.low else step.middle + 1 end,
        case when step.is_past then step.middle else step.high end
    from (
        select
            search.*,
            (search.low + search.high) / 2 as middle,
            coalesce((
                select placed.block_time >= to_timestamp(search.ends_at)
                from raw.transactions as placed
                where placed.slot >= (search.low + search.high) / 2 and placed.block_time is not null
                order by placed.slot
                limit 1
            ), true) as is_past
        from search
        where search.low < search.high
    ) as step
),

-- One that was fetched later may lie before one that was delivered at once.
seen as (
    select
        search.n,
        (
            select min(after_end.received_at)
            from (
                select later.received_at
                from raw.transactions as later
                where
                    later.slot >= search.low
                    and later.block_time >= to_timestamp(search.ends_at)
                order by later.slot
                limit 500
            ) as after_end
        ) as at
    from search
    where search.low >= search.high
)

select
    coalesce(
        (
            select counted.cutoff_seq
            from ops.tallies as counted
            where
                counted.market_id = question.market_id and counted.kind = question.kind
                and counted.round = question.round and counted.chain_until = question.ends_at
            order by counted.id
            limit 1
        ),
        case when seen.at is null then $6::bigint end,
        (
            select vote.seq
            from raw.votes as vote
            where vote.received_at < seen.at
            order by vote.seq desc
            limit 1
        ),
        0
    ) as cutoff
from question
inner join seen using (n)
order by question.n
