-- Ballots are stored under their own lock and sequence, so that sequence order is commit order
-- and the votes mart's cursor skips none.

-- One verified ballot after the other; an earlier one of the same batch counts for a later one.
-- outcome: accepted; same (these very bytes were stored before: seq and received_at are theirs);
-- stale (another ballot with a nonce not above the wallet's last).
create function raw.cast_ballots(
    market_ids text[],
    market_addresses text[],
    kinds text[],
    rounds text[],
    wallets text[],
    choices text[],
    nonces bigint[],
    issued timestamptz[],
    expires timestamptz[],
    encodings text[],
    signed bytea[],
    signatures text[]
) returns table (
    place integer, outcome text, seq bigint, received_at timestamptz, last_nonce bigint
)
language plpgsql
set lock_timeout = '2s'
as $$
declare
    earlier raw.votes;
begin
    perform pg_advisory_xact_lock(7102);
    for place in 1..coalesce(array_length(wallets, 1), 0) loop
        select vote.* into earlier
        from raw.votes as vote
        where
            vote.market_id = market_ids[place] and vote.kind = kinds[place]
            and vote.round = rounds[place] and vote.wallet = wallets[place]
            and vote.nonce >= nonces[place]
        order by vote.nonce = nonces[place] desc, vote.nonce desc
        limit 1;
        if not found then
            outcome := 'accepted';
            last_nonce := nonces[place];
            insert into raw.votes as vote (
                seq, market_id, market_address, kind, round, wallet, choice, nonce,
                issued_at, expires_at, encoding, signed_bytes, signature
            ) values (
                nextval('raw.vote_seq'), market_ids[place], market_addresses[place], kinds[place],
                rounds[place], wallets[place], choices[place], nonces[place],
                issued[place], expires[place], encodings[place], signed[place], signatures[place]
            )
            returning vote.seq, vote.received_at into seq, received_at;
        else
            seq := earlier.seq;
            received_at := earlier.received_at;
            last_nonce := earlier.nonce;
            outcome := case
                when earlier.nonce = nonces[place] and earlier.signed_bytes = signed[place]
                    and earlier.signature = signatures[place] then 'same'
                else 'stale'
            end;
        end if;
        return next;
    end loop;
    notify raw_landed;
end
$$;

-- Public to read; the API's own role may add, nobody may change or remove.
grant usage on schema raw to anon, authenticated, service_role, analyst;
grant select on raw.votes to anon, authenticated, service_role, analyst;
grant insert on raw.votes to service_role;
grant usage on sequence raw.vote_seq to service_role;
revoke execute on function raw.cast_ballots from public;
grant execute on function raw.cast_ballots to service_role;
alter table raw.votes enable row level security;
create policy ballots_are_public on raw.votes for select
to anon, authenticated, service_role, analyst using (true);
