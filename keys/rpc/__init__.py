"""The Aliyun door to keys. Importing it registers every operation of the room."""

from keys.rpc import cryptography, lifecycle, misc

__all__ = ["cryptography", "lifecycle", "misc"]
