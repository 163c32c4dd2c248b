"""What keys, aliases and blobs should do, told a second time: dictionaries and a clock.

Written from the API's pages, over the same wire parameters as the product, and without any of its
code: the two can agree only by meaning the same.
"""

from tests.keys.model.answers import answer, take_over
from tests.keys.model.records import Ask, Facts, Key, Refused
from tests.keys.model.service import Model

__all__ = ["Ask", "Facts", "Key", "Model", "Refused", "answer", "take_over"]
