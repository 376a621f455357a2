"""Watching over the webhook itself: is it as we want it, and does it still speak?"""
