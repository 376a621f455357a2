"""Watching the watchers: what should have happened and has not, seen from outside and inside.

`python -m orchestration.watch` is a process of its own that imports no Dagster: it sees a dead
daemon, whose schedules would say nothing. Dagster's asset checks look at the same and so see it
when this process is dead. Both tell `ops.alerts`.
"""
