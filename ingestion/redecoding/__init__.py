"""Reading stored payloads again: what a better reading says otherwise becomes revisions."""
