"""`manage.py service_key`: keys that cloud products keep in an account."""

from dataclasses import replace

from django.conf import settings

from aliases.domain.products import Product
from aliases.services.service_keys import service_key_create
from kms_console.core.errors import InvalidParameter, MissingParameter
from kms_console.core.regions import REGIONS
from kms_console.iam.actors import host_actor
from kms_console.iam.selectors import account_get, account_list
from kms_console.management.command_line import Argument, Row, SubCommand, SubCommands


def create(*, product: str, account: str | None, region: str | None) -> Row:
    account_id = account_get(account).id if account else _only_account()
    place = region or settings.KMS.default_region
    if place not in REGIONS:
        raise InvalidParameter(name="region")
    try:
        name = Product.parse(product)
    except ValueError:
        raise InvalidParameter(name="product") from None
    key = service_key_create(actor=replace(host_actor(account_id), region=place), product=name)
    return {
        "account_id": account_id,
        "region": place,
        "product": name,
        "key_id": str(key.id),
        "alias": name.alias,
    }


def _only_account() -> str:
    """The account of a server that has one. Raises MissingParameter where there are several."""
    ids = [account.id for account in account_list()[:2]]
    if len(ids) != 1:
        raise MissingParameter(name="account")
    return ids[0]


class Command(SubCommands):
    help = "Make the keys that cloud products manage in an account."
    sub_commands = (
        SubCommand(
            "create",
            "Make the key of a product, which the account can use as alias/acs/PRODUCT.",
            create,
            (
                Argument("product", "the product's short name, such as oss"),
                Argument(
                    "account", "the account's id; not needed where there is one", is_optional=True
                ),
                Argument("region", "the region; KMS_DEFAULT_REGION if left out", is_optional=True),
            ),
        ),
    )
