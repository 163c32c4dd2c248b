"""The console's flows by id: a letter for the chapter, a number for the flow.

G is what every page has, C creating a key, I importing material, X switching off, P deleting,
A aliases, R versions and rotation.
"""

_COUNTS = {"G": 11, "C": 16, "I": 13, "X": 3, "P": 6, "A": 7, "R": 7}

IDS = [
    f"{letter}{number:02d}" for letter, count in _COUNTS.items() for number in range(1, count + 1)
]

NOT_COVERED: dict[str, str] = {}
"""Flows without a test yet, each with its reason: it leaves this list with its first test."""
