-- The same count with the same outcome is recorded once.
insert into ops.tallies (
    market_id, kind, round, in_favour, against, voters, threshold_bps, quorum, eligibility,
    decision, decided_by, counted_root, rejected_root, rejected, cutoff_seq, chain_until,
    sent_in_favour, sent_against, memo, run_id, ineligible
) values (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
    $21
)
on conflict do nothing
