"""Where a request comes from, and with what, as far as limits, the trail and the list of sessions need to know it."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

from pht_clinic.audit.door import Way

_SHARED: Final = {4: 24, 6: 48}
"""Bits that the addresses of one block share: what one household or company is given, at most."""


def way_of(request: HttpRequest, *, door: str) -> Way:
    """How a request came in, for the trail: the block of its address, never the address."""
    address = str(get_adapter().get_client_ip(request))
    agent = request.headers.get("User-Agent", "")
    return Way(door, block_of_address(address), device_of(agent), _is_in_clinic(address))


def _is_in_clinic(address: str) -> bool | None:
    """Whether an address is in one of CLINIC_NETWORKS; None where there are none, or it is no address."""
    if not settings.CLINIC_NETWORKS or (found := _address(address)) is None:
        return None
    return any(found in network for network in settings.CLINIC_NETWORKS)


@lru_cache(maxsize=512)
def device_of(agent: str) -> str:
    """The class of what says this of itself as its User-Agent: "phone", "tablet", "computer" or "program".

    A browser begins with "Mozilla/"; one on a phone says "Mobi", one on a tablet names itself or says "Android" alone.
    An iPad that asks for pages as a computer does is one. Anybody can say anything: it is a hint, and proves nothing.
    Source: MDN, Browser detection using the user agent.
    """
    if not agent.startswith("Mozilla/") or "bot" in agent.lower():
        return "program"
    if "iPad" in agent or "Tablet" in agent or ("Android" in agent and "Mobi" not in agent):
        return "tablet"
    return "phone" if "Mobi" in agent else "computer"


def block_of(request: HttpRequest) -> str:
    """The block of network addresses that a request comes from; "local" for a unix socket, one for all."""
    return block_of_address(str(get_adapter().get_client_ip(request)))


@lru_cache(maxsize=1024)
def block_of_address(text: str) -> str:
    """The same of one address, as `203.0.113.0/24`, which IPv6 may wrap; what is no address stays as it is."""
    address = _address(text)
    if address is None:
        return text
    return str(ipaddress.ip_network(f"{address}/{_SHARED[address.version]}", strict=False))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None) or address
