"""The clients under contract behind one face: real packages, driven only as their users would."""

import importlib
import json
import os
import re
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, Any, cast

from alibabacloud_kms20160120 import client as tea
from alibabacloud_kms20160120 import models
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient

from tests.requirements import missing

NPM = Path(__file__).parent / "npm"

Parameter = str | int | bool | Mapping[str, str] | Sequence[str] | Sequence[Mapping[str, str]]


class Refused(Exception):
    """A refusal as the client's user sees it: the code and the class of the client's own error."""

    def __init__(self, code: str, status: int, class_name: str) -> None:
        super().__init__(code, status, class_name)
        self.code = code
        self.status = status
        self.class_name = class_name


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a client calls, and as whom."""

    host: str
    region: str
    access_key_id: str
    access_key_secret: str = field(repr=False)


class KmsClient(ABC):
    """What every client can do. Parameters and results carry the names of the wire.

    An EncryptionContext is given as a map, what the wire numbers (`ResourceId.1`) as a list under
    its plain name; each client spells them as it spells them.
    """

    @abstractmethod
    def call(self, action: str, **parameters: Parameter) -> dict[str, Any]:
        """The result without the HTTP around it. Raises Refused."""

    def create_key(self, **parameters: Parameter) -> dict[str, Any]:
        return cast("dict[str, Any]", self.call("CreateKey", **parameters)["KeyMetadata"])

    def describe_key(self, key_id: str) -> dict[str, Any]:
        return cast("dict[str, Any]", self.call("DescribeKey", KeyId=key_id)["KeyMetadata"])

    def list_keys(self, page_number: int, page_size: int) -> dict[str, Any]:
        return self.call("ListKeys", PageNumber=page_number, PageSize=page_size)

    def enable_key(self, key_id: str) -> None:
        self.call("EnableKey", KeyId=key_id)

    def disable_key(self, key_id: str) -> None:
        self.call("DisableKey", KeyId=key_id)

    def encrypt(self, key_id: str, plaintext: str, context: Mapping[str, str]) -> dict[str, Any]:
        return self.call("Encrypt", KeyId=key_id, Plaintext=plaintext, EncryptionContext=context)

    def decrypt(self, blob: str, context: Mapping[str, str]) -> dict[str, Any]:
        return self.call("Decrypt", CiphertextBlob=blob, EncryptionContext=context)

    def generate_data_key(self, key_id: str, context: Mapping[str, str]) -> dict[str, Any]:
        return self.call("GenerateDataKey", KeyId=key_id, EncryptionContext=context)


class AliyunCore(KmsClient):
    """aliyun-python-sdk-kms: one request class an operation, one setter a parameter."""

    def __init__(self, target: Target) -> None:
        host, _, port = target.host.partition(":")
        self._host = host
        self._client = AcsClient(
            target.access_key_id, target.access_key_secret, target.region, port=int(port)
        )

    def call(self, action: str, **parameters: Parameter) -> dict[str, Any]:
        module = importlib.import_module(f"aliyunsdkkms.request.v20160120.{action}Request")
        request = getattr(module, f"{action}Request")()
        request.set_endpoint(self._host)
        request.set_protocol_type("http")
        for name, value in parameters.items():
            self._set(request, name, value)
        try:
            answer = self._client.do_action_with_exception(request)
        except ServerException as error:
            raise Refused(
                error.get_error_code(), error.get_http_status(), type(error).__name__
            ) from error
        return cast("dict[str, Any]", json.loads(answer))

    def _set(self, request: Any, name: str, value: Parameter) -> None:
        if name == "RegionId":
            return  # the client sends its own with every request
        if isinstance(value, Mapping):
            value = json.dumps(value)
        is_list = not isinstance(value, str | int)
        getattr(request, f"set_{name}{'s' if is_list else ''}")(value)


class Tea(KmsClient):
    """alibabacloud-kms20160120, with ACS3 or one of the signatures it offers beside it."""

    def __init__(self, target: Target, signature_algorithm: str | None = None) -> None:
        self._client = tea.Client(
            Config(
                endpoint=target.host,
                protocol="http",
                region_id=target.region,
                access_key_id=target.access_key_id,
                access_key_secret=target.access_key_secret,
                signature_algorithm=signature_algorithm,
            )
        )

    def call(self, action: str, **parameters: Parameter) -> dict[str, Any]:
        operation = getattr(self._client, re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower())
        request_class = getattr(models, f"{action}Request", None)
        arguments = [request_class().from_map(parameters)] if request_class else []
        try:
            return cast("dict[str, Any]", operation(*arguments).body.to_map())
        except AlibabaCloudException as error:
            raise Refused(error.code, error.status_code, type(error).__name__) from error


class Node:
    """The one Node.js process of a session, which holds all clients from npm."""

    def __init__(self, **environment: str) -> None:
        node = shutil.which("node")
        if node is None:
            missing("Node.js is not installed.")
        if not (NPM / "node_modules").is_dir():
            missing(
                "The Aliyun clients for Node.js are not installed: npm ci in tests/contract/npm"
            )
        self._process = subprocess.Popen(
            [node, "drive.js"],
            cwd=NPM,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._ids = count(1)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        sent = next(self._ids)
        self._stdin.write(json.dumps({"id": sent, **question}) + "\n")
        self._stdin.flush()
        answer: dict[str, Any] = json.loads(self._stdout.readline())
        assert answer.pop("id") == sent
        return answer

    def close(self) -> None:
        self._stdin.close()
        assert self._process.wait(10) == 0
        self._stdout.close()

    @property
    def _stdin(self) -> IO[str]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _stdout(self) -> IO[str]:
        assert self._process.stdout is not None
        return self._process.stdout


class Npm(KmsClient):
    """A client from npm, by the name that drive.js gives it."""

    def __init__(self, node: Node, name: str, target: Target) -> None:
        self._node = node
        self._name = name
        self._target = {
            "host": target.host,
            "region": target.region,
            "accessKeyId": target.access_key_id,
            "accessKeySecret": target.access_key_secret,
        }

    def call(self, action: str, **parameters: Parameter) -> dict[str, Any]:
        answer = self._node.ask(
            {
                "client": self._name,
                "target": self._target,
                "action": action,
                "parameters": parameters,
            }
        )
        if "refused" in answer:
            refused = answer["refused"]
            raise Refused(refused["code"], refused["status"], refused["className"])
        assert "result" in answer, answer
        return cast("dict[str, Any]", answer["result"])
