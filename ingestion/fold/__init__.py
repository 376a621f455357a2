"""The live fold: new raw rows become modelled ones, and what changed is told to Redis Streams.

The SQL that folds is dbt's (docs/adr/0001): this room only says when, and how much at once.
"""
