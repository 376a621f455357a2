"""Votes, counted on schedule and carried to the chain; the counting itself is `votes`'."""
