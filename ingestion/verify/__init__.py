"""The marts against the program's own accounts: the chain is the judge."""
