-- Age, by receipt, of the oldest event or ballot that no mart has; 0 = the fold is up to date.
select
    coalesce(
        extract(epoch from clock_timestamp() - least(
            (
                select events.received_at
                from raw.events as events
                where events.seq > (select seq from live.cursors where name = 'events')
                order by events.seq
                limit 1
            ),
            (
                select votes.received_at
                from raw.votes as votes
                where votes.seq > (select seq from live.cursors where name = 'votes')
                order by votes.seq
                limit 1
            )
        )),
        0
    )::float8 as lag_s
