-- Transactions of a range of slots that are there, but taken for gone.
select t.slot, t.signature
from raw.transactions as t
where
    t.slot between $1 and $2
    and exists (select from raw.revisions as r where r.slot = t.slot and r.signature = t.signature)
    and not exists (
        select from raw.standing_transactions as s where s.slot = t.slot and s.signature = t.signature
    );
