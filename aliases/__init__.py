"""Aliases: names that an account gives to its keys and may point at others later."""
