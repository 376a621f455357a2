"""PostgreSQL and Valkey from wheels, for one machine: nothing but packages is installed."""
