"""HTTP clients that cost little beside the servers they ask: plain sockets, kept open, requests made beforehand."""

import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence


def post(path: str, body: Mapping[str, object], *, token: str = "", headers: Sequence[str] = ()) -> bytes:
    """The bytes of one request, with these lines among those of its head."""
    content = json.dumps(body).encode()
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(content)}", *([f"Authorization: Bearer {token}"] if token else [])]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + content


def get(path: str, *, headers: Sequence[str] = ()) -> bytes:
    """The bytes of one request without a body."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def ask(port: int, requests: Sequence[bytes], *, clients: int) -> tuple[float, Counter[int], list[float]]:
    """Send all of them through so many connections, opened beforehand; seconds in all, statuses, seconds of each."""
    shares = [requests[number::clients] for number in range(clients)]
    ready = threading.Barrier(clients + 1)
    statuses: list[int] = []
    seconds: list[float] = []

    def one(share: Sequence[bytes]) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ready.wait(60)
            for request in share:
                start = time.perf_counter()
                line.sendall(request)
                statuses.append(_status(line))
                seconds.append(time.perf_counter() - start)

    threads = [threading.Thread(target=one, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    ready.wait(60)
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start, Counter(statuses), seconds


def _status(line: socket.socket) -> int:
    """Read one whole answer."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(line)
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?im)^content-length: *([0-9]+)", head)
    if length is None:  # chunked
        while not body.endswith(b"0\r\n\r\n"):
            body += _more(line)
    else:
        while len(body) < int(length[1]):
            body += _more(line)
    return int(head.split(b" ", 2)[1])


def _more(line: socket.socket) -> bytes:
    found = line.recv(65536)
    if not found:
        raise ConnectionError("the server hung up")
    return found
