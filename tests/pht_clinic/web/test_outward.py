"""Addresses that somebody typed in are asked by https alone, and lead to no machine of the clinic's own network."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest

from pht_clinic.web import outward
from pht_clinic.web.outward import PrivateAddress, is_public, open_client
from tests.receiver import NAME, Receiver, Reply

HERE = [ip_network("127.0.0.0/8")]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("9.255.255.255", True),
        ("10.0.0.0", False),
        ("10.255.255.255", False),
        ("11.0.0.0", True),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("100.63.255.255", True),
        ("100.64.0.0", False),
        ("100.127.255.255", False),
        ("100.128.0.0", True),
        ("127.0.0.1", False),
        ("127.255.255.254", False),
        ("169.254.169.254", False),
        ("172.15.255.255", True),
        ("172.16.0.0", False),
        ("172.31.255.255", False),
        ("172.32.0.0", True),
        ("192.0.2.1", False),
        ("192.168.0.1", False),
        ("198.18.0.1", False),
        ("203.0.113.1", False),
        ("223.255.255.255", True),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::808:808", True),
        ("100::1", False),
        ("2001:db8::1", False),
        ("2001:4860:4860::8888", True),
        ("2002:a00:1::1", False),
        ("2002:808:808::1", True),
        ("4000::1", False),
        ("fc00::1", False),
        ("fd12:3456::1", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
    ],
)
def test_private_and_reserved_addresses_are_told_from_the_worlds(address: str, expected: bool) -> None:
    assert is_public(ip_address(address)) is expected


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """One that this process trusts."""
    found = Receiver(tmp_path).start()
    monkeypatch.setenv("SSL_CERT_FILE", str(found.certificate))
    outward._trusted.cache_clear()
    yield found
    outward._trusted.cache_clear()
    found.stop()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"])
def test_this_machine_is_not_reached_however_it_is_written(receiver: Receiver, host: str, dns: dict[str, Any]) -> None:
    with open_client(seconds=2) as client, pytest.raises(PrivateAddress, match="private or reserved"):
        client.post(f"https://{host}:{receiver.port}/hook", content=b"{}")
    assert receiver.posted == []


def test_a_network_that_is_allowed_is_reached(receiver: Receiver) -> None:
    """The control of the one above: the same address with the network named."""
    with open_client(seconds=5, allowed=HERE) as client:
        assert client.post(receiver.url, content=b"{}").status_code == 204
    assert [one.body for one in receiver.posted] == [b"{}"]


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What names lead to: for each a list of answers, one for each time that it is asked. Numbers are themselves."""
    names: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def look_up(host: Any, port: int, *given: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in names:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in names[name].pop(0)]
        try:
            name = socket.inet_ntoa(socket.inet_aton(name))  # as the system's own look-up reads numbers
        except OSError:
            if name == "nobody.example":
                raise socket.gaierror(socket.EAI_NONAME, "no such name") from None
        return real(name, port, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names


def test_it_connects_to_the_address_that_was_checked_and_asks_once(receiver: Receiver, dns: dict[str, Any]) -> None:
    """A name that leads elsewhere when it is asked again is not asked again."""
    dns[NAME] = [["127.0.0.1"], ["10.0.0.1"]]
    with open_client(seconds=5, allowed=[ip_network("127.0.0.1/32")]) as client:
        answer = client.post(f"https://{NAME}:{receiver.port}/hook", content=b"{}")
    assert (answer.status_code, dns[NAME]) == (204, [["10.0.0.1"]])
    assert receiver.posted[0].headers["host"] == f"{NAME}:{receiver.port}", "the certificate was for that name too"


def test_a_certificate_for_another_name_is_refused(receiver: Receiver, dns: dict[str, Any]) -> None:
    dns["other.example"] = [["127.0.0.1"]]
    with open_client(seconds=5, allowed=HERE) as client, pytest.raises(httpx.ConnectError, match="certificate"):
        client.post(f"https://other.example:{receiver.port}/hook", content=b"{}")
    assert receiver.posted == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(dns: dict[str, Any]) -> None:
    dns[NAME] = [["8.8.8.8", "10.0.0.1"]]
    with open_client(seconds=2) as client, pytest.raises(PrivateAddress):
        client.post(f"https://{NAME}/hook", content=b"{}")


def test_of_several_addresses_the_next_is_tried(receiver: Receiver, dns: dict[str, Any]) -> None:
    dns[NAME] = [["127.0.0.2", "127.0.0.1"]]
    with open_client(seconds=5, allowed=HERE) as client:
        assert client.post(f"https://{NAME}:{receiver.port}/hook", content=b"{}").status_code == 204


def test_a_name_without_an_address_is_no_connection(dns: dict[str, Any]) -> None:
    with open_client(seconds=2) as client, pytest.raises(httpx.ConnectError):
        client.post("https://nobody.example/hook", content=b"{}")


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.reply(Reply(302, {"Location": f"{receiver.url}/elsewhere"}))
    with open_client(seconds=5, allowed=HERE) as client:
        assert client.post(receiver.url, content=b"{}").status_code == 302
    assert len(receiver.posted) == 1


def test_only_https_is_asked(receiver: Receiver) -> None:
    with open_client(seconds=2, allowed=HERE) as client, pytest.raises(httpx.UnsupportedProtocol):
        client.post(f"http://localhost:{receiver.port}/hook", content=b"{}")


@pytest.mark.parametrize("slow", [Reply(delay_seconds=5), Reply(drips=True)], ids=["silent", "drop by drop"])
def test_the_whole_request_has_a_deadline(receiver: Receiver, slow: Reply) -> None:
    receiver.reply(slow)
    began = time.monotonic()
    with open_client(seconds=0.6, allowed=HERE) as client, pytest.raises(httpx.ReadTimeout):
        client.post(receiver.url, content=b"{}")
    assert 0.5 < time.monotonic() - began < 2


def test_no_proxy_of_the_environment_is_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with open_client(seconds=5, allowed=HERE) as client:
        assert client.post(receiver.url, content=b"{}").status_code == 204
