-- From where an emptied Redis is filled again: the whole of what is kept, but no more than fits.
select greatest(coalesce(min(pos) - 1, 0), max(pos) - $1, 0) from live.outbox
