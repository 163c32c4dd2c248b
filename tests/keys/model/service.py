"""The whole service at one moment of its clock, and how it finds and admits a key."""

from datetime import datetime

from tests.keys.model.records import Ask, Blob, Key, Offer, PairUse, Parcel, Refused
from tests.keys.sorts import Sort

UNUSABLE = {
    "Disabled": "Rejected.Disabled",
    "PendingDeletion": "Rejected.PendingDeletion",
    "PendingImport": "Rejected.PendingImport",
}

_SYMMETRIC = {
    "Encrypt",
    "Decrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ExportDataKey",
    "GenerateAndExportDataKey",
    "ReEncryptFrom",
    "ReEncryptTo",
}
_DOES = {
    Sort.MADE: _SYMMETRIC,
    Sort.EXTERNAL: _SYMMETRIC,
    Sort.ENCRYPTING: {"AsymmetricEncrypt", "AsymmetricDecrypt", "GetPublicKey", "ReEncryptFrom"},
    Sort.SIGNING: {"AsymmetricSign", "AsymmetricVerify", "GetPublicKey"},
}
"""What each sort of key does with its material; ReEncrypt asks two things of two keys."""


class Model:
    """Keys and aliases by name; blobs, ciphertexts and signatures by their wire form.

    `ciphertexts` are those of key pairs, with what is in them; `signatures` go with their digest.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.keys: dict[str, Key] = {}
        self.aliases: dict[tuple[str, str], str] = {}
        self.blobs: dict[str, Blob] = {}
        self.ciphertexts: dict[str, tuple[PairUse, str]] = {}
        self.signatures: dict[str, tuple[PairUse, str]] = {}
        self.public_keys: dict[str, str] = {}
        self.offers: dict[str, Offer] = {}
        self.parcels: dict[str, Parcel] = {}

    def move_clock(self, now: datetime) -> None:
        """Time passes, and takes with it what has expired."""
        self.now = now
        for key in self.keys.values():
            if key.expires_at is not None and now >= key.expires_at:
                key.lose_material()

    def dates(self) -> list[datetime]:
        """The moments, past and to come, at which something happens by itself."""
        of_keys = [(key.delete_at, key.expires_at, key.next_rotation) for key in self.keys.values()]
        of_offers = [offer.expires_at for offer in self.offers.values()]
        return [date for dates in of_keys for date in dates if date is not None] + of_offers

    def find(self, account: str, ref: str, *, aliased: bool = False) -> str:
        """The id of the key that an id, alias or ARN names. Raises Refused."""
        home, name = account, ref
        if ref.startswith("acs:kms:"):
            *_, home, name = ref.split(":", 4)
        is_alias = name.startswith("alias/")
        if is_alias and not aliased:
            raise Refused("Unsupported.Alias")
        key_id = self.aliases.get((account, name), "") if is_alias else name.removeprefix("key/")
        if home != account or self.is_gone(key_id) or self.keys[key_id].account != account:
            raise Refused("Forbidden.AliasNotFound" if is_alias else "Forbidden.KeyNotFound")
        return key_id

    def is_gone(self, key_id: str) -> bool:
        """Whether there is no such key, or its date has come."""
        key = self.keys.get(key_id)
        return key is None or (key.delete_at is not None and self.now >= key.delete_at)

    def keys_of(self, account: str) -> list[str]:
        """All, oldest first: those whose date has come are listed until they are removed."""
        return [key_id for key_id, key in self.keys.items() if key.account == account]

    def key(self, ask: Ask) -> Key:
        """The key of a request that takes no alias. Raises Refused."""
        ref = ask.params.get("KeyId") or ask["ProtectedResourceArn"]
        return self.keys[self.find(ask.account, ref)]

    def admit(self, account: str, ref: str, use: str) -> str:
        """The id of a key that does this, and may now. Raises Refused."""
        key_id = self.find(account, ref, aliased=True)
        if use not in _DOES[self.keys[key_id].sort]:
            raise Refused("Rejected.UnsupportedOperation")
        require_enabled(self.keys[key_id])
        return key_id


def require_enabled(key: Key) -> None:
    if key.state in UNUSABLE:
        raise Refused(UNUSABLE[key.state])


def require_not_pending_deletion(key: Key) -> Key:
    if key.state == "PendingDeletion":
        raise Refused("Rejected.PendingDeletion")
    return key


def wire(moment: datetime | None) -> str:
    """As the API writes it, empty for none."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else ""
