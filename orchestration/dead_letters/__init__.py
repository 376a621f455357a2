"""The dead-letter queue: what failed for good, retried thrice with backoff, then for a person."""
