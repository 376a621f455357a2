-- Whether the fold has passed a row, and why it parked it, if it did.
select
    (select seq >= %(seq)s from live.cursors where name = 'events') as folded,
    (select reason from live.parked where seq = %(seq)s) as parked
