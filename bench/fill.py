"""`python -m bench.fill COUNT`: rows of keys without material, for the lists alone."""

import sys
import uuid

import django

django.setup()

from keys.models import BLOCK_SIZE, Key, ListBlock, Listed  # noqa: E402
from kms_console.core.clock import utc_now  # noqa: E402
from kms_console.iam.models import Account  # noqa: E402

BATCH = 1000


def main(count: int) -> None:
    account, region = Account.objects.get(), "cn-hangzhou"
    now = utc_now()
    for start in range(0, count, BATCH):
        Key.objects.bulk_create(
            Key(
                id=uuid.uuid4(),
                account=account,
                region=region,
                spec="Aliyun_AES_256",
                usage="ENCRYPT/DECRYPT",
                origin="Aliyun_KMS",
                protection_level="SOFTWARE",
                state="Enabled",
                creator=account.id,
                created_at=now,
                serial=serial,
            )
            for serial in range(start, min(start + BATCH, count))
        )
    ListBlock.objects.bulk_create(
        ListBlock(
            account=account,
            region=region,
            listed=Listed.KEYS,
            number=start // BLOCK_SIZE,
            taken=min(BLOCK_SIZE, count - start),
            filled=min(BLOCK_SIZE, count - start),
        )
        for start in range(0, count, BLOCK_SIZE)
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
