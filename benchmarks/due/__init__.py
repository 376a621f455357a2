"""Many markets that become due in one moment, and what the monitor made of them."""
