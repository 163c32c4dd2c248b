"""A self-hosted key management service; what this package holds is in ARCHITECTURE.md."""

VERSION = "0.1.0"
"""The product's version, as in pyproject.toml."""
