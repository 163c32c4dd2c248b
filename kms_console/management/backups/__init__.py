"""Backups: one file with a consistent state of everything but secrets in clear (decision 0029)."""
