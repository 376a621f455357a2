"""The market program's interface: addresses, instructions, accounts, states, errors, fees."""
