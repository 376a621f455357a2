-- A second provider's verdict: proven, or open again for a reason, and then nothing from there on
-- counts as complete. A range that grew meanwhile is left for the next time.
with judged as (
    update raw.slot_ranges
    set
        standing = case when $3::text is null then 'proven' else 'open' end,
        reason = coalesce($3, reason),
        closed_at = case when $3::text is null then clock_timestamp() end
    where id = $1 and standing = 'agreed' and to_slot = $2
    returning program_id, from_slot, standing
)
update raw.ledger as book
set agreed_to = least(book.agreed_to, judged.from_slot - 1)
from judged
where book.program_id = judged.program_id and judged.standing = 'open';
