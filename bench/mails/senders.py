"""One sending process: `python -m bench.mails.senders HOW NUMBER OF COUNT`. When it is ready it says so, and waits.

`ours` is the outbox's drain; `raw` builds the same messages with the standard library and sends them by smtplib over a
kept connection; `ready` sends the bytes that another process built before; `profile` is ours under the profiler.
"""

import cProfile
import json
import os
import pickle
import pstats
import smtplib
import sys
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path

from bench.cpu import largest_memory_kb

SHARES = {
    "claiming, reading, writing back": ("claims.py:claim", "claims.py:hand_over", "claims.py:finish"),
    "words, HTML and calendar part": ("render.py:letter",),
    "putting the mail together": ("mailer.py:compose",),
    "the conversation with the server": ("mailer.py:send",),
}


def main(how: str, number: int, of: int, count: int) -> None:
    """Get ready, wait, send."""
    run = {"ours": _ours, "raw": _raw, "ready": _ready, "profile": _profiled}[how](number, of, count)
    print("ready", flush=True)
    sys.stdin.readline()
    start = time.perf_counter()
    sent = run()
    seconds = time.perf_counter() - start
    rss_mb = largest_memory_kb() / 1024
    print(json.dumps({"sent": sent, "seconds": seconds, "rss_mb": rss_mb}), flush=True)


def _ours(number: int, of: int, count: int) -> Callable[[], int]:
    import django

    django.setup()
    from django.db import connection
    from django.urls import reverse

    import pht_clinic.celery  # noqa: F401 - what a worker has loaded
    from pht_clinic import clock
    from scheduling.messages.sending import deliver

    connection.ensure_connection()
    assert reverse("patient-link", args=["x"])  # addresses are read once in a worker's life, for its first mail
    return lambda: deliver.drain(now=clock.now, seconds=3600)


def _profiled(number: int, of: int, count: int) -> Callable[[], int]:
    drain = _ours(number, of, count)

    def run() -> int:
        profile = cProfile.Profile()
        sent = profile.runcall(drain)
        stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
        spent = {f"{Path(file).name}:{name}": times[3] for (file, _, name), times in stats.items()}
        total = spent["deliver.py:drain"]
        shares = {what: sum(spent.get(name, 0.0) for name in names) / total for what, names in SHARES.items()}
        noting = spent.get("claims.py:hand_over", 0.0) / total  # it is called in the middle of the conversation
        shares["the conversation with the server"] -= noting
        Path(os.environ["BENCH_PROFILE"]).write_text(json.dumps(shares))
        return sent

    return run


def _share(number: int, of: int, count: int) -> list[dict[str, str]]:
    letters: list[dict[str, str]] = pickle.loads(Path(os.environ["BENCH_LETTERS"]).read_bytes())  # noqa: S301 - our own
    return letters[:count][number::of]


def _raw(number: int, of: int, count: int) -> Callable[[], int]:
    letters = _share(number, of, count)
    server = _connection()

    def run() -> int:
        for letter in letters:
            server.sendmail(letter["sender"], [letter["recipient"]], built(letter))
        return len(letters)

    return run


def _ready(number: int, of: int, count: int) -> Callable[[], int]:
    mails = [(letter["sender"], letter["recipient"], built(letter)) for letter in _share(number, of, count)]
    server = _connection()

    def run() -> int:
        for sender, recipient, content in mails:
            server.sendmail(sender, [recipient], content)
        return len(mails)

    return run


def built(letter: dict[str, str]) -> bytes:
    """The mail with its three parts, by the standard library."""
    mail = EmailMessage()
    for name in ("Subject", "From", "To", "Reply-To", "Message-ID"):
        mail[name] = letter[name.lower()]
    mail["Date"] = formatdate()
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter["text"])
    mail.add_alternative(letter["html"], subtype="html")
    mail.add_alternative(letter["calendar"], subtype="calendar", params={"method": letter["method"]})
    return mail.as_bytes()


def _connection() -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", int(os.environ["BENCH_SMTP_PORT"]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
