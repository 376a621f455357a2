-- The chain's own database (SQLite, WAL): what a restarted chain must not have forgotten.

-- name: schema
create table if not exists facts (name text primary key, value text not null) without rowid;
create table if not exists blocks (
    slot integer primary key,
    height integer not null,
    hash text not null,
    parent_slot integer not null,
    parent_hash text not null,
    time integer not null
);
create table if not exists transactions (
    slot integer not null,
    idx integer not null,
    signature text not null,
    time integer not null,
    err text not null,
    wire blob not null,
    meta blob not null,
    primary key (slot, idx)
);
create unique index if not exists transactions_signature on transactions (signature);
create table if not exists mentions (
    address text not null,
    slot integer not null,
    idx integer not null,
    primary key (address, slot, idx)
) without rowid;
create table if not exists accounts (address blob primary key, state blob) without rowid;
create table if not exists undo (
    slot integer not null,
    address blob not null,
    state blob,
    primary key (slot, address)
) without rowid;

-- name: put_fact
insert into facts (name, value) values (?, ?)
on conflict (name) do update set value = excluded.value;

-- name: facts
select name, value from facts;

-- name: put_block
insert into blocks (slot, height, hash, parent_slot, parent_hash, time)
values (?, ?, ?, ?, ?, ?);

-- name: put_transaction
insert into transactions (slot, idx, signature, time, err, wire, meta)
values (?, ?, ?, ?, ?, ?, ?);

-- name: put_mention
insert or ignore into mentions (address, slot, idx) values (?, ?, ?);

-- name: put_account
insert into accounts (address, state) values (?, ?)
on conflict (address) do update set state = excluded.state;

-- name: drop_account
delete from accounts where address = ?;

-- name: put_undo
insert or ignore into undo (slot, address, state) values (?, ?, ?);

-- name: drop_undo
delete from undo where slot <= ?;

-- name: cut_undo
delete from undo where slot >= ?;

-- name: cut_mentions
delete from mentions where address = ? and slot >= ?;

-- name: cut_transactions
delete from transactions where slot >= ?;

-- name: cut_blocks
delete from blocks where slot >= ?;

-- name: accounts
select address, state from accounts;

-- name: undo
select slot, address, state from undo order by slot;

-- name: last_blocks
select slot, height, hash, parent_slot, parent_hash, time
from (select * from blocks order by slot desc limit ?)
order by slot;

-- name: block
select slot, height, hash, parent_slot, parent_hash, time from blocks where slot = ?;

-- name: block_slots
select slot from blocks where slot between ? and ? order by slot limit ?;

-- name: first_block
select coalesce(min(slot), 0) from blocks;

-- name: statuses
select signature, slot, err from transactions where slot > ? order by slot, idx;

-- name: by_signature
select signature, slot, idx, time, wire, meta from transactions where signature = ?;

-- name: by_slots
select signature, slot, idx, time, wire, meta
from transactions
where slot between ? and ?
order by slot, idx;

-- name: mentioned_down
select t.signature, t.slot, t.idx, t.time, t.wire, t.meta
from mentions as m
inner join transactions as t on t.slot = m.slot and t.idx = m.idx
where m.address = ? and (m.slot, m.idx) < (?, ?) and (m.slot, m.idx) > (?, ?)
order by m.slot desc, m.idx desc
limit ?;

-- name: mentioned_up
select t.signature, t.slot, t.idx, t.time, t.wire, t.meta
from mentions as m
inner join transactions as t on t.slot = m.slot and t.idx = m.idx
where m.address = ? and (m.slot, m.idx) > (?, ?) and (m.slot, m.idx) < (?, ?)
order by m.slot, m.idx
limit ?;
