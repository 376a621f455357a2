"""Load: the generators and the constant-body server, each a process of its own; whole profiles."""
