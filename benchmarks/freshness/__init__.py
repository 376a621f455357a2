"""The phases of `benchmarks.fold`: pace, rebuild beside landing, the API's statements."""
