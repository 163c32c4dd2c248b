"""The forms of each kind of channel, and the sending itself. Nothing here knows the database."""


class SendFailed(Exception):
    """A message did not arrive, or nobody knows whether it did.

    The text is a word or two that may be stored and logged: never what the other side said, an
    address or a secret.
    """
