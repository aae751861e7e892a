"""One contender under kills, made ready by `bench.kills`: `python -m bench.mails.killed_sender ours|stored|… N`.

Each round: 20 messages are due, a process of its own sends them, the mail server falls silent at one of them, and the
process gets SIGKILL there: before the content every second time, after it (the server has the mail, and has not said
so) the other times. Then processes send one after the other until nothing waits.
"""

import json
import os
import signal
import socketserver
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

A_ROUND = 20
MOST_SECONDS = 120


class Office(socketserver.ThreadingTCPServer):
    """A mail server that takes everything, counts each Message-ID, and falls silent when it is told to."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Conversation)
        self.copies: Counter[str] = Counter()
        self.stalled = threading.Event()
        self._phase, self._left, self._lock = b"", 0, threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stall_at(self, phase: bytes, number: int) -> None:
        """At this phase of the message of this number, from 1 on."""
        with self._lock:
            self._phase, self._left = phase, number
            self.stalled.clear()

    def is_silent(self, phase: bytes) -> bool:
        """Whether nothing more is said; asked once for each message and phase."""
        with self._lock:
            if phase != self._phase:
                return False
            self._left -= 1
            if self._left != 0:
                return False
            self._phase = b""
        self.stalled.set()
        return True


class Conversation(socketserver.StreamRequestHandler):
    """One client."""

    server: Office

    def handle(self) -> None:
        """Until the client is gone."""
        self._say(b"220 office")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self._say(b"354 go on")
                if not self._content():
                    return
            elif word == b"QUIT":
                self._say(b"221 bye")
                return
            elif word == b"RCPT" and self.server.is_silent(b"RCPT"):
                self.rfile.read()  # until it is gone
                return
            else:
                self._say(b"250 ok")

    def _content(self) -> bool:
        name = ""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            if line.lower().startswith(b"message-id:") and not name:
                name = line.partition(b":")[2].strip().decode()
        if not line:
            return False
        self.server.copies[name] += 1
        if self.server.is_silent(b"DATA"):
            self.rfile.read()
            return False
        self._say(b"250 taken")
        return True

    def _say(self, answer: bytes) -> None:
        try:
            self.wfile.write(answer + b"\r\n")
        except OSError:
            return


@dataclass(frozen=True)
class Contender:
    """`due` makes some messages due and returns their Message-IDs, `send` sends them, `waits` counts what is left."""

    due: Callable[[int], list[str]]
    send: Callable[[], object]
    waits: Callable[[], int]


def main(how: str, kills: int) -> None:
    """Kill, let the rest be sent, count."""
    office = Office(int(os.environ["BENCH_SMTP_PORT"]))
    contender = ours() if how == "ours" else post_office(how)
    expected: list[str] = []
    slowest = 0.0
    for number in range(kills):
        expected += contender.due(number)
        office.stall_at(b"DATA" if number % 2 else b"RCPT", number * 7 % A_ROUND + 1)
        child = started(contender.send)
        assert office.stalled.wait(MOST_SECONDS), "nobody came as far as the stall"
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        since = time.monotonic()
        while contender.waits():
            assert time.monotonic() - since < MOST_SECONDS, "it never ends"
            os.waitpid(started(contender.send), 0)
            time.sleep(0.1)
        slowest = max(slowest, time.monotonic() - since)
    copies = office.copies
    told = {
        "kills": kills,
        "messages": len(expected),
        "lost": sum(1 for one in expected if not copies[one]),
        "doubled": sum(1 for one in expected if copies[one] > 1),
        "most_copies": max(copies.values()),
        "strangers": len(set(copies) - set(expected)),
        "slowest_seconds": slowest,
    }
    print(json.dumps(told), flush=True)


def started(send: Callable[[], object]) -> int:
    """A process of its own that does this and ends; its number. It opens connections of its own."""
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child:
        return child
    try:
        send()
        connections.close_all()
    finally:
        os._exit(0)


def ours() -> Contender:
    """The outbox, by its own drain."""
    import django

    django.setup()
    from pht_clinic import clock
    from scheduling.messages.render import domain
    from scheduling.messages.sending import deliver
    from scheduling.models import Message

    queued = list(Message.objects.filter(status="queued").order_by("pk").values_list("pk", "uid"))
    made: list[int] = []

    def due(number: int) -> list[str]:
        rows = queued[number * A_ROUND : (number + 1) * A_ROUND]
        made.extend(pk for pk, _ in rows)
        Message.objects.filter(pk__in=[pk for pk, _ in rows]).update(due_at=clock.now())
        return [f"<{uid}@{domain()}>" for _, uid in rows]

    return Contender(
        due,
        lambda: deliver.drain(now=clock.now, seconds=MOST_SECONDS),
        lambda: Message.objects.filter(pk__in=made, status__in=["queued", "sending"]).count(),
    )


def post_office(how: str) -> Contender:
    """django-post-office, by its own `send_queued` with one process."""
    from bench.mails import post_office_sender as package

    letters = package.stored_letters()

    def due(number: int) -> list[str]:
        some = letters[number * A_ROUND : (number + 1) * A_ROUND]
        package.queue(some, how)
        return [letter["message-id"] for letter in some]

    return Contender(
        due,
        lambda: package.send_queued(processes=1),
        lambda: package.Email.objects.filter(status=package.STATUS.queued).count(),
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
