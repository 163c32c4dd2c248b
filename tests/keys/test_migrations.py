"""What an upgrade does to the keys that are there already."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from keys import verification
from keys.models import BLOCK_SIZE, Key
from kms_console.core.actor import Actor

COUNT = BLOCK_SIZE + 2


def _insert_as_before(actor: Actor) -> list[UUID]:
    """Keys as the first release wrote them: all but one made in the same second."""
    executor = MigrationExecutor(connection)
    before = executor.loader.project_state([("keys", "0001_initial")]).apps.get_model("keys", "Key")
    ids = sorted(uuid4() for _ in range(COUNT))
    before.objects.bulk_create(
        before(
            id=key_id,
            account_id=actor.account_id,
            region=actor.region,
            spec="Aliyun_AES_256",
            usage="ENCRYPT/DECRYPT",
            origin="EXTERNAL",
            protection_level="SOFTWARE",
            state="PendingImport",
            creator=actor.account_id,
            created_at=actor.now - timedelta(days=key_id == ids[-1]),
        )
        for key_id in ids
    )
    return [ids[-1], *ids[:-1]]


@pytest.mark.django_db(transaction=True)
def test_keys_of_the_first_release_get_places_in_their_order(actor: Actor) -> None:
    call_command("migrate", "keys", "0001", verbosity=0)
    try:
        ids = _insert_as_before(actor)
    finally:
        call_command("migrate", verbosity=0)
    assert list(Key.objects.order_by("serial").values_list("id", flat=True)) == ids
    assert list(Key.objects.order_by("serial").values_list("serial", flat=True)) == list(
        range(COUNT)
    )
    assert list(verification.problems()) == []
