-- The two trees of each vote's standing count (the one that proofs are asked of), so that proving a
-- ballot's place reads a few hashes instead of every ballot. A count that stands no more keeps none:
-- its tree can be built again from raw.votes.

create table ops.tally_trees (
    tally_id bigint not null references ops.tallies (id) on delete cascade,
    tree text not null check (tree in ('counted', 'rejected')),
    leaves integer not null,
    hashes bytea not null,               -- 32 bytes each: leaves, sorted, then level by level to the root
    primary key (tally_id, tree)
);

-- Hashes do not compress, and uncompressed a part is read without the rest.
alter table ops.tally_trees alter column hashes set storage external;

-- Whoever may read tallies; written by the counts' owner alone.
grant select on ops.tally_trees to service_role;
