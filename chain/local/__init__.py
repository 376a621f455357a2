"""A Solana of our own: LiteSVM behind Solana's JSON-RPC, with Helius-shaped raw webhooks.

For `oddsline up` without an RPC URL, the demo, tests and benchmarks. Nothing above it can tell
it from a real cluster; what it leaves out is listed in README.md beside this file.
"""
