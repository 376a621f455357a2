-- Lands $1 trades as the service does (transactions, then the lock, then events); $2 markets,
-- $3 wallets. Returns the last sequence number.
with base as (
    select nextval('raw.vote_seq') as batch
),
numbered as (
    select
        g, 300000000 + base.batch as slot, md5(base.batch || ':' || g) || md5(g || ':' || base.batch) as signature,
        (hashint8(base.batch * 1000 + g) & 2147483647) % $2 as market,
        'w' || (hashint8(base.batch * 7919 + g) & 2147483647) % $3 as wallet,
        g % 3 <> 0 as is_yes, 1000000 + g * 17 as gross
    from base
    cross join generate_series(1, $1) as g
),
landed as (
    insert into raw.transactions (slot, signature, tx_index, block_time, version, source, commitment)
    select slot, signature, g, now(), '0', 'webhook', 'confirmed' from numbered
),
locked as materialized (
    select pg_advisory_xact_lock(7101) as held
),
stored as (
    insert into raw.events (
        seq, program_id, slot, signature, "outer", inner_path, kind, ordinal, position, name, args,
        ix_args, facts, actor, market_id, market_address, wallet, tx_index, block_time, provenance
    )
    select
        nextval('raw.seq'), 'P', slot, signature, 0, 0, 'log', 0, 0, 'SharesBought',
        jsonb_build_object(
            'market_id', md5(market::text) || md5(market::text), 'user', wallet, 'outcome', is_yes,
            'shares', gross * 2, 'cost', gross + gross / 10, 'new_price_yes', 400000000 + gross % 1000,
            'timestamp', extract(epoch from now())::bigint
        ),
        jsonb_build_object('outcome', is_yes, 'target_cost', gross * 2),
        jsonb_build_object(
            'gross', gross, 'fee', gross / 10, 'protocol_fee', gross / 33, 'resolver_fee', gross / 50, 'fee_basis', 'returned'
        ),
        wallet, md5(market::text) || md5(market::text), 'M' || market, wallet, g, now(), 'log'
    from numbered
    cross join locked
    returning seq
)
select max(seq) as seq, pg_notify('raw_landed', '') from stored
