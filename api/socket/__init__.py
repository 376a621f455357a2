"""The wire protocol of /ws: what happens, once, in order, to everyone who asked."""
