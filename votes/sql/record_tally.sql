-- The same count with the same outcome is recorded once, and one count of a round is carried.
insert into ops.tallies (
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
on conflict do nothing
