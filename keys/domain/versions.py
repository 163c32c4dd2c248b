"""How a caller names a version of a key: by its id, in its one spelling."""

from uuid import UUID


def version_id_of(text: str) -> UUID | None:
    """The id; None for text that is no version's. 36 characters, lower case (RFC 9562)."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
