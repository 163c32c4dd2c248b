"""The Aliyun door to keys. Importing it registers every operation of the room."""

from keys.rpc import cryptography, deletion, exporting, lifecycle, misc, policies, tags, versions

__all__ = [
    "cryptography",
    "deletion",
    "exporting",
    "lifecycle",
    "misc",
    "policies",
    "tags",
    "versions",
]
