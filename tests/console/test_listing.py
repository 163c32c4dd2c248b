"""The list of keys costs the same with few keys and with many."""

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keys.models import BLOCK_SIZE, Key, ListBlock, Listed
from kms_console.core.clock import utc_now
from kms_console.iam.models import Account
from tests.console.people import KEYS

MANY = 40 * BLOCK_SIZE


def _fill(account: Account, count: int) -> None:
    now = utc_now()
    Key.objects.bulk_create(
        Key(
            id=uuid.uuid4(),
            account=account,
            region="cn-hangzhou",
            spec="Aliyun_AES_256",
            usage="ENCRYPT/DECRYPT",
            origin="Aliyun_KMS",
            protection_level="SOFTWARE",
            state="Enabled",
            creator=account.id,
            created_at=now,
            serial=serial,
        )
        for serial in range(count)
    )
    ListBlock.objects.bulk_create(
        ListBlock(
            account=account,
            region="cn-hangzhou",
            listed=Listed.KEYS,
            number=start // BLOCK_SIZE,
            taken=min(BLOCK_SIZE, count - start),
            filled=min(BLOCK_SIZE, count - start),
        )
        for start in range(0, count, BLOCK_SIZE)
    )


def _queries(browser: Client, query: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(KEYS + query).status_code == 200
    return len(asked)


@pytest.mark.parametrize("query", ["", "?page=2", "?state=Enabled", "?order=oldest", "?q=x"])
def test_a_page_asks_as_often_for_many_keys_as_for_few(
    client: Client,
    account: Account,
    query: str,
) -> None:
    _fill(account, 50)
    few = _queries(client, query)
    Key.objects.all().delete()
    ListBlock.objects.all().delete()
    _fill(account, MANY)
    assert _queries(client, query) == few
    assert few <= 14
