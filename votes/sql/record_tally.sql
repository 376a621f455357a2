-- The same count with the same outcome is recorded once, and one count of a round is carried: one
-- that was recorded before it could be (the recount had not agreed yet) is carried from here on.
insert into ops.tallies as known (
    market_id, kind, round, in_favour, against, voters, threshold_bps, quorum, eligibility,
    decision, decided_by, counted_root, rejected_root, rejected, cutoff_seq, chain_until,
    sent_in_favour, sent_against, memo, run_id, ineligible
)
select
    $1::text, $2::text, $3::text, $4::integer, $5::integer, $6::integer, $7::integer,
    $8::integer, $9::text, $10::text, $11::text, $12::text, $13::text, $14::integer,
    $15::bigint, $16::bigint, $17::integer, $18::integer, $19::text, $20::text, $21::text[]
where
    $19::text is null
    or not exists (
        select 1 from ops.tallies as carried
        where
            carried.market_id = $1::text and carried.kind = $2::text and carried.round = $3::text
            and carried.memo is not null
    )
on conflict (market_id, kind, round, counted_root, rejected_root, decision, decided_by)
do update set
    memo = excluded.memo,
    cutoff_seq = excluded.cutoff_seq,
    chain_until = excluded.chain_until,
    sent_in_favour = excluded.sent_in_favour,
    sent_against = excluded.sent_against,
    ineligible = excluded.ineligible,
    run_id = excluded.run_id,
    computed_at = clock_timestamp()
where known.memo is null and excluded.memo is not null
