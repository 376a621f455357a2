"""Lands what Oddsline wants to happen on chain: never twice, and never giving up silently.

Orchestration writes intents into `ops.transitions`; a keeper leases them and, for each: reads the
market's account (what is so already is done), simulates, signs, stores the signature and the exact
bytes, only then broadcasts, repeats the same bytes, reads the transaction's `err` and the account
again. It signs anew only after the old blockhash has provably expired. A stale keeper's writes do
not match its lease's fence, so several may run. What is done at `confirmed` is watched until the
account shows it at `finalized`: what a fork takes back goes back to work.

What an intent may ask for and with which arguments stands in `actions.py`.
"""
