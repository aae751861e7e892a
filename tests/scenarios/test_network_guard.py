"""Tests reach this machine and nothing else."""

import socket

import pytest

from tests.network_guard import NetworkClosed

ELSEWHERE = "192.0.2.1"  # an address kept for documentation: nobody has it


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_no_socket_leads_to_another_machine(family: socket.AddressFamily) -> None:
    address = ELSEWHERE if family == socket.AF_INET else "2001:db8::1"
    with socket.socket(family) as probe, pytest.raises(NetworkClosed, match=address):
        probe.connect((address, 25))
    with socket.socket(family) as probe, pytest.raises(NetworkClosed):
        probe.connect_ex((address, 25))


def test_no_datagram_leaves_this_machine() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as probe, pytest.raises(NetworkClosed):
        probe.sendto(b"hello", (ELSEWHERE, 53))


def test_no_name_of_another_machine_is_looked_up() -> None:
    with pytest.raises(NetworkClosed, match=r"clinic\.example"):
        socket.create_connection(("clinic.example", 443), timeout=1)


def test_this_machine_stays_within_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(("localhost", server.getsockname()[1]), timeout=5) as client:
            client.sendall(b"hello")
            with server.accept()[0] as peer:
                assert peer.recv(5) == b"hello"
