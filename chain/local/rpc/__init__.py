"""Solana's JSON-RPC, as far as indexers, keepers and the stock client use it."""
