"""Backup and restore: what can be lost, and how the line finds back to the truth."""
