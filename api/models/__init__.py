"""What the API answers with: documents of their own, so that a column never leaks by itself."""
