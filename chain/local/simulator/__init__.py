"""A few people on a local chain: markets opened, traded in, resolved and claimed, at leisure.

`python -m chain.local.simulator` gives a fresh line something to show. `choice.py` decides what
happens next (values in, action out), `people.py` does it.
"""
