"""The Aliyun door to keys. Importing it registers every operation of the room."""

from keys.rpc import (
    asymmetric,
    cryptography,
    deletion,
    exporting,
    importing,
    lifecycle,
    misc,
    policies,
    tags,
    versions,
)

__all__ = [
    "asymmetric",
    "cryptography",
    "deletion",
    "exporting",
    "importing",
    "lifecycle",
    "misc",
    "policies",
    "tags",
    "versions",
]
