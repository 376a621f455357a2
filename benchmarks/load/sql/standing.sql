-- What has landed, and how far clients were told.
select
    (select count(*) from raw.events) as events,
    (select seq from live.cursors where name = 'outbox') as pos,
    (select count(*) from raw.votes where market_id = $1) as ballots
