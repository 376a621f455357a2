"""Starts the processes of a line, follows their health, restarts what dies, stops in order."""
