"""What turns out otherwise later: raw is append-only, so it is said beside it, in the same sequence."""
