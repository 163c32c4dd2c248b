"""The table of clients under contract: how each is opened and how it shows a refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.contract.clients import AliyunCore, KmsClient, Node, Npm, Target, Tea

Opener = Callable[[Target, Callable[[], Node]], KmsClient]


@dataclass(frozen=True, slots=True)
class ClientKind:
    """One row: `code_form` and `class_form` say what `{code}` of the wire looks like to its user.

    `wrong_secret` is the code for a wrong secret: one client recognises its own string to sign in
    the server's message and tells its user what is really wrong. A client that `is_older` knows
    no tags at creation, no deletion protection and no DescribeAccountKmsStatus.
    """

    name: str
    open: Opener
    class_form: str
    code_form: str = "{code}"
    wrong_secret: str = "SignatureDoesNotMatch"
    is_older: bool = False

    def code_of(self, code: str) -> str:
        return self.code_form.format(code=code)

    def class_of(self, code: str) -> str:
        return self.class_form.format(code=code)

    def __str__(self) -> str:
        return self.name


def _python(opened: Callable[[Target], KmsClient]) -> Opener:
    return lambda target, _node: opened(target)


def _npm(name: str) -> Opener:
    return lambda target, node: Npm(node(), name, target)


KINDS = (
    ClientKind(
        "aliyun-python-sdk-kms",
        _python(AliyunCore),
        "ServerException",
        wrong_secret="InvalidAccessKeySecret",
    ),
    ClientKind("alibabacloud-kms20160120", _python(Tea), "ClientException"),
    ClientKind(
        "alibabacloud-kms20160120-sm3",
        _python(partial(Tea, signature_algorithm="ACS3-HMAC-SM3")),
        "ClientException",
    ),
    ClientKind(
        "alibabacloud-kms20160120-rpc",
        _python(partial(Tea, signature_algorithm="v2")),
        "ClientException",
    ),
    ClientKind("npm-pop-core-get", _npm("pop-core-get"), "{code}Error"),
    ClientKind("npm-pop-core-post", _npm("pop-core-post"), "{code}Error"),
    ClientKind("npm-openapi-client-query", _npm("openapi-client-query"), "Error"),
    ClientKind("npm-openapi-client-body", _npm("openapi-client-body"), "Error"),
    ClientKind("npm-kms20160120", _npm("kms20160120"), "Error", "{code}Error", is_older=True),
    ClientKind(
        "npm-kms20160120-text-context",
        _npm("kms20160120-text-context"),
        "Error",
        "{code}Error",
        is_older=True,
    ),
)

PYTHON_KINDS = tuple(kind for kind in KINDS if not kind.name.startswith("npm-"))
OFFICIAL_KINDS = KINDS[:2]
"""The two Python packages as their users find them."""

TYPED_KINDS = (*OFFICIAL_KINDS, next(kind for kind in KINDS if kind.name == "npm-kms20160120"))
"""Packages with a class for each operation on key pairs: the two for Python, one for Node.js."""
