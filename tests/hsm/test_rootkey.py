"""Where a root key comes from, and which files are refused."""

import base64
import hashlib
import hmac
import os
import stat
from pathlib import Path

import pytest

from hsm import rootkey
from hsm.rootkey import Root, RootKeyUnusable
from kms_console.core.sealing import Place, SealBroken
from kms_console.settings.env import Environment, read_environment

KEY = bytes(range(32))
PLACE = Place(column="hsm_domainkey.sealed", row="1")


def write(path: Path, text: bytes, mode: int = 0o600) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    path.chmod(mode)


def reason(environment: Environment) -> str:
    with pytest.raises(RootKeyUnusable) as refused:
        rootkey.load(environment)
    return str(refused.value)


def test_the_id_is_a_check_value_of_the_key() -> None:
    check = hmac.digest(KEY, b"kms root key id", hashlib.sha256)
    assert Root(KEY).id == check[:16].hex()


def test_a_root_unwraps_what_it_wrapped_and_nothing_else() -> None:
    wrapped = Root(KEY).wrap(b"domain key", PLACE)
    assert Root(KEY).unwrap(wrapped, PLACE) == b"domain key"
    with pytest.raises(SealBroken):
        Root(bytes(32)).unwrap(wrapped, PLACE)
    with pytest.raises(SealBroken):
        Root(KEY).unwrap(wrapped, Place(column="hsm_domainkey.sealed", row="2"))


def test_a_root_does_not_print_its_bytes() -> None:
    assert repr(Root(KEY)) == f"<Root {Root(KEY).id}>"


@pytest.mark.parametrize(
    "text", [base64.b64encode(KEY), KEY.hex().encode(), KEY.hex().upper().encode()]
)
def test_the_variable_holds_base64_or_hexadecimal(text: bytes) -> None:
    environment = read_environment({"KMS_ROOT_KEY": text.decode()})
    assert rootkey.load(environment).id == Root(KEY).id


@pytest.mark.parametrize("text", ["", " ", "AAAA", "g" * 64, "é" * 32, base64.b64encode(bytes(33))])
def test_a_variable_that_is_no_key_is_refused_without_being_repeated(text: str | bytes) -> None:
    value = text if isinstance(text, str) else text.decode()
    told = reason(read_environment({"KMS_ROOT_KEY": value or "-"}))
    assert told == "KMS_ROOT_KEY does not hold 32 bytes in base64 or hexadecimal."


def test_the_variable_counts_before_the_file(environment: Environment, root_key: Path) -> None:
    from_file = rootkey.load(environment)
    text = base64.b64encode(KEY).decode()
    both = read_environment({"KMS_ROOT_KEY": text, "KMS_ROOT_KEY_FILE": str(root_key)})
    assert rootkey.load(both).id == Root(KEY).id != from_file.id


def test_a_created_key_is_private_whole_and_random(tmp_path: Path) -> None:
    paths = [tmp_path / "new" / name for name in ("one", "two")]
    for path in paths:
        rootkey.create(path)
    assert stat.S_IMODE(paths[0].stat().st_mode) == 0o600
    assert len(base64.b64decode(paths[0].read_bytes())) == 32
    assert paths[0].read_bytes() != paths[1].read_bytes()
    assert sorted(path.name for path in paths[0].parent.iterdir()) == ["one", "two"]


def test_a_key_is_never_created_over_a_file(root_key: Path) -> None:
    before = root_key.read_bytes()
    with pytest.raises(FileExistsError):
        rootkey.create(root_key)
    assert root_key.read_bytes() == before
    assert [path.name for path in root_key.parent.iterdir()] == ["root.key"]


def test_a_dangling_link_is_not_followed_when_a_key_is_created(tmp_path: Path) -> None:
    link = tmp_path / "root.key"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        rootkey.create(link)
    assert not (tmp_path / "elsewhere").exists()


def test_a_missing_file_is_named(environment: Environment) -> None:
    assert reason(environment) == (f"The root key file {environment.root_key_file} does not exist.")


@pytest.mark.parametrize("keep", [0, 1, 20, 43])
def test_a_truncated_file_is_refused(environment: Environment, root_key: Path, keep: int) -> None:
    root_key.write_bytes(root_key.read_bytes()[:keep])
    assert "does not hold 32 bytes" in reason(environment)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o660, 0o644, 0o610, 0o601])
def test_a_file_that_others_may_touch_is_refused(
    environment: Environment, root_key: Path, mode: int
) -> None:
    root_key.chmod(mode)
    assert "open to others" in reason(environment)


def test_a_file_that_is_read_only_for_its_owner_is_fine(
    environment: Environment, root_key: Path
) -> None:
    root_key.chmod(0o400)
    assert rootkey.load(environment).id


def test_a_symbolic_link_is_refused(environment: Environment, root_key: Path) -> None:
    real = root_key.rename(root_key.with_name("real.key"))
    root_key.symlink_to(real)
    assert "is a symbolic link" in reason(environment)


def test_a_folder_is_refused(environment: Environment) -> None:
    environment.root_key_file.mkdir(parents=True, mode=0o700)
    assert "is not a regular file" in reason(environment)


def test_a_pipe_is_refused_without_waiting_for_a_writer(environment: Environment) -> None:
    environment.root_key_file.parent.mkdir(parents=True)
    os.mkfifo(environment.root_key_file, 0o600)
    assert "is not a regular file" in reason(environment)


def test_a_path_that_cannot_be_opened_is_refused_with_the_reason(tmp_path: Path) -> None:
    write(tmp_path / "file", b"")
    odd = read_environment({"KMS_ROOT_KEY_FILE": str(tmp_path / "file" / "root.key")})
    assert "cannot be read: Not a directory" in reason(odd)


def test_an_endless_file_is_read_no_further_than_a_key_can_reach(
    environment: Environment,
) -> None:
    write(environment.root_key_file, b"A" * 100_000)
    assert "is larger than 1024 bytes" in reason(environment)
