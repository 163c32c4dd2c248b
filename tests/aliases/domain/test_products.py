"""Names of cloud products."""

import pytest

from aliases.domain.products import Product


def test_a_product_has_a_reserved_alias() -> None:
    assert Product.parse("oss").alias == "alias/acs/oss"
    assert Product.parse("oss").alias.is_reserved


@pytest.mark.parametrize("text", ["", "o", "OSS", "1oss", "o_s", "o/s", "oss\n", "o" * 17, "ｏss"])
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="product"):
        Product.parse(text)
