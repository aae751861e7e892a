"""SEC4: header injections through every field that reaches a mail: one recipient each, no further header, none stuck.

50 in `make test`, 500 in `make trials`. Whatever the use cases accept goes the whole way to a real mail server.
"""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import cycle, islice, product

from pht_clinic.errors import Refusal
from scheduling.messages.sending import deliver
from scheduling.models import Message, Practitioner
from tests.clinic import Clinic, local
from tests.smtp import SmtpServer
from tests.trials.patients import days_on

BREAKS = ("\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "%0d%0a", "\\r\\n", "=?utf-8?q?=0D=0A?=", "\t\n ")
SAID = ("Bcc: other@mail.example", "Subject: other", "\n.\nMAIL FROM:<x@mail.example>", "Content-Type: text/html")
FIELDS = ("given_name", "family_name", "email", "practitioner")
EXPECTED = {"content-type", "mime-version", "subject", "from", "to", "reply-to", "date", "message-id", "auto-submitted"}


def hostile(field: str, number: int, brk: str, said: str) -> str:
    if field == "email":
        return f"ann{number}@mail.example{brk}{said}"
    return f"Ann{brk}{said}"


def test_sec4_no_field_reaches_into_a_mails_headers(
    clinic: Clinic, smtp_server: SmtpServer, is_full_trial: bool
) -> None:
    count = 500 if is_full_trial else 50
    accepted = 0
    tries = islice(cycle(product(BREAKS, SAID, FIELDS)), 7, None, 5)  # every combination, in a mixed order
    for number, (brk, said, field) in enumerate(islice(tries, count)):
        text = hostile(field, number, brk, said)
        values = {"email": f"patient{number}@mail.example"} | ({field: text} if field != "practitioner" else {})
        try:
            if field == "practitioner":
                rename(clinic, f"{text} {number}")
            patient = clinic.patient(**({"family_name": f"Birch{number}"} | values))
        except Refusal:
            continue
        start = days_on(local("2026-03-24", "08:00"), number // 25) + timedelta(minutes=20 * (number % 25))
        assert clinic.book(patient, start, kind="follow-up").appointment is not None
        accepted += 1
    sent = deliver.drain(now=lambda: clinic.now, seconds=60)
    print(f"SEC4: {count} injections, {count - accepted} refused at the door, {sent} mails")
    assert accepted >= count // 5, "hardly anything reached a mail"
    assert not Message.objects.filter(status__in=["queued", "sending"], due_at__lte=clinic.now).exists()
    assert len(smtp_server.received) == Message.objects.filter(status="sent").count()
    for received in smtp_server.received:
        [recipient] = received.recipients
        assert re.fullmatch(r"patient\d+@mail\.example", recipient), recipient
        headers = [name.lower() for name in received.message]
        assert set(headers) <= EXPECTED, set(headers) - EXPECTED
        assert len(headers) == len(set(headers))
        assert "other" not in str(received.message["Subject"])


def rename(clinic: Clinic, name: str) -> None:
    """As a name stands that was kept before such names were refused: a mail prints it all the same."""
    Practitioner.objects.filter(pk=clinic.practitioner.pk).update(name=name)
    clinic.practitioner = Practitioner.objects.get(pk=clinic.practitioner.pk)
