"""Watching the webhook: is it as wanted, and does it bring what there is to bring?"""
