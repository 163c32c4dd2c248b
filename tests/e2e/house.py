"""An installation whose owner has signed in once, and keys made over its API."""

import http.cookiejar
import re
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass

from tests.calling import Caller
from tests.serving import Server

REGION = "cn-hangzhou"
RICH = "alias/orders/db"
"""The alias of a key that has everything a page can show of one."""
PASSWORD = "correct-horse-battery-9"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


class Person:
    """Somebody at a browser without a screen: forms are sent as a browser without script would."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._cookies = http.cookiejar.CookieJar()
        self._http = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies))

    @property
    def session(self) -> str:
        """The value of the session's cookie."""
        return next(one.value or "" for one in self._cookies if one.name == "kms_session")

    def send(self, path: str, **fields: str) -> str:
        """Fill in the form at `path`; the address of the page that it leads to."""
        with self._http.open(self._url + path) as page:
            found = _TOKEN.search(page.read().decode())
        assert found, f"no form at {path}"
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": found[1]}).encode()
        with self._http.open(self._url + path, body) as answer:
            address: str = answer.geturl()
        return address


@dataclass(slots=True)
class House:
    """A running server with the session of its owner, whose password is `PASSWORD`."""

    server: Server
    session: str
    login: str

    @property
    def api(self) -> Caller:
        """The owner over the API, over a new connection: the server ends those that rest."""
        return Caller.owner(self.server)

    @classmethod
    def of(cls, server: Server) -> "House":
        """Sign in with the first password and choose another, as everybody must."""
        given = server.credentials
        owner = Person(server.url)
        owner.send("/console/login/", login=given["login"], password=given["password"])
        owner.send("/console/password/", old=given["password"], new=PASSWORD, again=PASSWORD)
        return cls(server, owner.session, given["login"])

    def key(self, *, alias: str = "", **parameters: str) -> str:
        """A new key's id; parameters are those of CreateKey."""
        made = self.api.call("CreateKey", **parameters)["KeyMetadata"]["KeyId"]
        if alias:
            self.api.call("CreateAlias", KeyId=made, AliasName=alias)
        return str(made)

    def state(self, key_id: str) -> str:
        return str(self.describe(key_id)["KeyState"])

    def describe(self, key_id: str) -> dict[str, object]:
        found: dict[str, object] = self.api.call("DescribeKey", KeyId=key_id)["KeyMetadata"]
        return found


def fresh(prefix: str = "e2e") -> str:
    """An alias, without `alias/`, that no other test has."""
    return f"{prefix}/{uuid.uuid4().hex[:8]}"


def keys(path: str = "", region: str = REGION) -> str:
    """The address of a page below the list of keys."""
    return f"/console/{region}/keys/{path}"
