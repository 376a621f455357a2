"""Completeness: for each range of slots, who said what is in it, and whether we have it all."""
