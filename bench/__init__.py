"""Load and cost benchmarks with public tools; `make bench` runs them and writes a table."""
