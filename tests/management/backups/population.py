"""At least one row in every table, made by services wherever there is one."""

from dataclasses import replace
from datetime import timedelta

from hsm import vault
from keys.domain.deletion import PendingWindow
from keys.domain.description import Description
from keys.domain.refs import KeyRef
from keys.domain.rotation import RotationInterval
from keys.domain.specs import KeySpec, ProtectionLevel
from keys.models import Key
from keys.services.deletion import deletion_schedule
from keys.services.fuse import clock_beat
from keys.services.lifecycle import NewKey, key_create
from keys.tasks import find_notices
from kms_console.audit.calls import count_calls
from kms_console.audit.counting import count_usage
from kms_console.core import clock
from kms_console.core.actor import UNRESTRICTED, Actor
from kms_console.core.clock import utc_now
from kms_console.core.secret import Secret
from kms_console.iam.actors import host_actor
from kms_console.iam.models import Account, User
from kms_console.iam.services.access_keys import access_key_create
from kms_console.iam.services.group_policies import policy_attach_to_group
from kms_console.iam.services.groups import group_add_user, group_create
from kms_console.iam.services.policies import policy_attach, policy_create
from kms_console.iam.services.users import user_create
from kms_console.notices.config import Notices, Webhook
from kms_console.notices.delivery import deliver
from tests.audit.samples import RECORD
from tests.keys.calls import REGION, call
from tests.keys.owner import Owner

DOCUMENT = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
EVERYTHING = "\t\"'\\ ñ 中文 🗝 \u2028 %s {}"
DAY = timedelta(days=1)


def owner_actor() -> Actor:
    """The owner of the first account, over no wire."""
    user = User.objects.filter(is_owner=True).order_by("created_at")[0]
    return Actor(
        account_id=user.account_id or "",
        user_id=user.id,
        user_name=user.name,
        access_key_id="",
        region=REGION,
        source_ip="127.0.0.1",
        secure_transport=False,
        request_id="6E8B7C1A-0000-4000-8000-000000000001",
        now=utc_now(),
        authority=UNRESTRICTED,
    )


def fill(owner: Actor) -> None:
    """People, their rights, and keys of several kinds with all that can belong to one."""
    _people(host_actor(owner.account_id))
    key = key_create(actor=owner, new=NewKey(description=Description.parse(EVERYTHING)))
    call(owner, "CreateAlias", AliasName="alias/x", KeyId=str(key.id))
    call(owner, "TagResource", KeyId=str(key.id), Tags='[{"TagKey":"a","TagValue":"v"}]')
    key_create(actor=owner, new=NewKey(rotation=RotationInterval(7 * 86_400)))
    Owner(owner).bring(Owner(owner).key())
    if KeySpec.ALIYUN_SM4 not in vault.unserved():
        level = ProtectionLevel.HSM
        new = NewKey(spec=KeySpec.ALIYUN_SM4, protection_level=level)
        call(owner, "Encrypt", KeyId=str(key_create(actor=owner, new=new).id), Plaintext="x")
    used = [replace(RECORD, subject=str(key.id), version_id=str(key.primary_version))]
    count_usage(used)
    count_calls([replace(used[0], time=utc_now())])
    clock_beat(clock.reading())
    _notices(owner)


def _notices(owner: Actor) -> None:
    find_notices(owner.now, Account.objects.all())
    hook = Webhook(name="hook", url=Secret(b"http://localhost:1"), secret=Secret(b"s"))
    deliver(owner.now, Notices(channels=(hook,)))


def _people(host: Actor) -> None:
    user_create(actor=host, name="ann")
    access_key_create(actor=host, user_name="ann")
    policy_create(actor=host, name="p", document=DOCUMENT)
    policy_attach(actor=host, user_name="ann", policy_name="p")
    group_create(actor=host, name="g")
    group_add_user(actor=host, group_name="g", user_name="ann")
    policy_attach_to_group(actor=host, group_name="g", policy_name="p")


def doomed_key(owner: Actor, *, due: timedelta) -> Key:
    """A new key whose date of deletion is in `due`, or was, if that is negative."""
    at = replace(owner, now=owner.now + due - 7 * DAY)
    key = key_create(actor=at, new=NewKey())
    return deletion_schedule(actor=at, ref=KeyRef.of(key.id), window=PendingWindow(7))
