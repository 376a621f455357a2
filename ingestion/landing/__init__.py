"""How what the chain said gets into raw: rows, group commits, one SQL function under one lock."""
