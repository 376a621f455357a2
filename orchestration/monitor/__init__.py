"""The market monitor: what is due on chain, what is held back, and the runs that see to it."""
