"""Key pairs (seed chapter 2.2): new versions, public keys, certificate signing requests."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from hsm.domain.specs import Algorithm
from keys.console.parcels import Parcel
from keys.console.requests import RequestForm
from keys.console.rows import row
from keys.console.states import confirm
from keys.console.verifying import public_key_file
from keys.dataplane.asymmetric import public_key_get
from keys.domain.encoding import pem
from keys.domain.refs import KeyRef
from keys.domain.specs import ALGORITHMS, KeySpec, KeyUsage
from keys.models import Key
from keys.selectors import key_describe, key_get
from keys.selectors.versions import version_describe
from keys.services.certificates import certificate_request_create
from keys.services.versions import version_create
from kms_console.console.dialogs import dialog, shown
from kms_console.console.reading import page
from kms_console.core.actor import Actor
from kms_console.core.errors import UnsupportedOperation


@page("DescribeKey")
def create_version(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """创建新版本: a new pair beside the older ones, which stay."""
    said = _("The key version is created. Distribute its public key to those who need it.")
    return confirm(request, actor, key_id, "pairs/create-version", version_create, said)


@page("GetPublicKey")
def public_key(request: HttpRequest, actor: Actor, key_id: UUID, version_id: UUID) -> HttpResponse:
    """下载公钥: the version's public key in PEM, as GetPublicKey answers it."""
    ref = KeyRef.of(key_id)
    found = public_key_get(actor=actor, ref=ref, version=str(version_id))
    text = pem("PUBLIC KEY", found.data)
    key = key_get(actor, ref)
    name = public_key_file(key, key.versions.get(id=version_id))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="application/x-pem-file", headers=headers)


@page("DescribeKeyVersion")
def certificate_request(
    request: HttpRequest, actor: Actor, key_id: UUID, version_id: UUID
) -> HttpResponse:
    """A PKCS #10 request that the private key signs without leaving (seed chapter 2.2.1)."""
    ref = KeyRef.of(key_id)
    key = key_describe(actor=actor, ref=ref)
    version = version_describe(actor=actor, ref=ref, version=str(version_id))
    algorithms = signing_algorithms(key)
    if not algorithms:
        raise UnsupportedOperation().about(str(key.id))
    around = {
        "nav": "keys",
        "row": row(key, actor.now),
        "version": version,
        "address": request.path,
    }

    def run(data: Mapping[str, Any]) -> HttpResponse:
        made = certificate_request_create(
            actor=actor,
            ref=ref,
            version=str(version_id),
            algorithm=Algorithm(data["algorithm"]),
            content=data["content"],
        )
        parcel = Parcel(f"{made.version_id}.csr", made.pem)
        return shown(request, "keys/pairs/request-ready.html", {**around, "parcel": parcel})

    form = RequestForm(request.POST if request.method == "POST" else None, algorithms=algorithms)
    template = "keys/pairs/request.html"
    return dialog(request, template, form, run=run, said="", around=around)


def signing_algorithms(key: Key) -> list[Algorithm]:
    """Those of a key pair that signs; none for any other key."""
    offered = ALGORITHMS[KeySpec(key.spec)].get(KeyUsage.SIGN_VERIFY, frozenset())
    return sorted(offered, reverse=True) if key.usage == KeyUsage.SIGN_VERIFY else []
