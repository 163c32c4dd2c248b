"""The Aliyun door to aliases. Importing it registers every operation of the room."""

from aliases.rpc import changes, lists

__all__ = ["changes", "lists"]
