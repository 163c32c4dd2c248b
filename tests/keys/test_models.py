"""The database refuses what no service writes."""

import pytest
from django.db import IntegrityError, transaction

from keys.models import Key


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("spec", "AES"),
        ("usage", "ENCRYPT"),
        ("origin", "External"),
        ("protection_level", "Hsm"),
        ("state", "Gone"),
        ("automatic_rotation", True),
    ],
)
def test_a_column_holds_documented_values_only(key: Key, column: str, value: object) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Key.objects.filter(id=key.id).update(**{column: value})
