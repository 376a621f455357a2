"""Counting again from public ballots and an RPC alone.

Nothing here uses our database, our tally or our tree: it is the second opinion that the keeper
asks before it signs, and that anyone can run against us.
"""
