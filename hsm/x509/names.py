"""What a server may be called, and which names a CA may sign for."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Self

from cryptography import x509

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Names:
    """Host names in lower case, and addresses; each once."""

    hosts: frozenset[str]
    addresses: frozenset[Address]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Sort `texts` into addresses and host names."""
        hosts, addresses = set(), set()
        for text in texts:
            try:
                addresses.add(ip_address(text))
            except ValueError:
                hosts.add(text.lower())
        return cls(frozenset(hosts), frozenset(addresses))

    def general(self) -> list[x509.GeneralName]:
        """The form in which certificates and requests carry them, hosts first, each sorted."""
        hosts = [x509.DNSName(host) for host in sorted(self.hosts)]
        return [*hosts, *(x509.IPAddress(address) for address in sorted(self.addresses, key=str))]


@dataclass(frozen=True, slots=True)
class Limits:
    """Hosts, each with all names below it, and networks."""

    hosts: tuple[str, ...]
    networks: tuple[Network, ...]

    def outside(self, names: Names) -> list[str]:
        """Those of `names` that a certificate may not carry."""
        hosts = [host for host in names.hosts if not self._has_host(host)]
        addresses = [str(address) for address in names.addresses if not self._has(address)]
        return sorted([*hosts, *addresses])

    def _has_host(self, host: str) -> bool:
        return any(host == limit or host.endswith(f".{limit}") for limit in self.hosts)

    def _has(self, address: Address) -> bool:
        return any(address in network for network in self.networks)
