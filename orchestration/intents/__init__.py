"""Intents: what orchestration wants to happen on chain, as rows of `ops.transitions`.

Orchestration opens them, waits for their end, and says what follows a failure. Everything between,
from lease to landing, is the keeper's (`chain.keeper`).
"""
