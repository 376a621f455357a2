"""What others may read: REST, WebSocket, ballot intake, keys, limits."""
