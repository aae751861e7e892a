"""django-post-office as a process, like `senders.py`: `python -m bench.mails.post_office_sender PROCESSES COUNT HOW`.

Its mails are queued before the clock starts, the calendar as an attachment. `stored`: rendered then; it sends what it
has stored. `rendering`: with a template and its values, which it renders when it sends (`render_on_delivery`), as the
outbox does. It sends with so many processes, one thread and so one kept connection each, reads everything at the start
and writes the states back in one statement a process at the end: a process that is killed before that sends all of its
mails again.
"""

import json
import logging
import os
import pickle
import sys
import time
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.mails.post_office_settings"
django.setup()
logging.getLogger("post_office").setLevel(logging.WARNING)

from django.core.files.base import ContentFile  # noqa: E402
from post_office.mail import send_queued  # noqa: E402
from post_office.models import PRIORITY, STATUS, Attachment, Email, EmailTemplate  # noqa: E402


def stored_letters() -> list[dict[str, str]]:
    """The letters that the measurement has prepared."""
    letters: list[dict[str, str]] = pickle.loads(Path(os.environ["BENCH_LETTERS"]).read_bytes())  # noqa: S301 - our own
    return letters


def queue(letters: list[dict[str, str]], how: str) -> None:
    """Queue letters, without the package's own checks of each."""
    template = _template() if how == "rendering" else None
    mails = Email.objects.bulk_create(
        Email(
            from_email=letter["from"],
            to=[letter["recipient"]],
            priority=PRIORITY.medium,
            status=STATUS.queued,
            headers={"Message-ID": letter["message-id"], "Reply-To": letter["reply-to"]},
            template=template,
            **(_words(letter) if template is None else {"context": letter["values"]}),
        )
        for letter in letters
    )
    attachments = Attachment.objects.bulk_create(
        Attachment(
            file=ContentFile(letter["calendar"].encode(), name="visit.ics"), name="visit.ics", mimetype="text/calendar"
        )
        for letter in letters
    )
    link = Email.attachments.through
    link.objects.bulk_create(
        link(email_id=mail.pk, attachment_id=attachment.pk) for mail, attachment in zip(mails, attachments, strict=True)
    )


def _words(letter: dict[str, str]) -> dict[str, str]:
    return {"subject": letter["subject"], "message": letter["text"], "html_message": letter["html"]}


def _template() -> EmailTemplate:
    """The same words with the names of the values where these are printed."""
    words = json.loads(Path(os.environ["BENCH_TEMPLATE"]).read_text())
    found, _ = EmailTemplate.objects.get_or_create(
        name="confirmed",
        defaults={"subject": words["subject"], "content": words["text"], "html_content": words["html"]},
    )
    return found


def main(processes: int, count: int, how: str) -> None:
    """Queue, wait, send."""
    queue(stored_letters()[:count], how)
    print("ready", flush=True)
    sys.stdin.readline()
    start = time.perf_counter()
    sent, failed, requeued = send_queued(processes=processes)
    assert (failed, requeued) == (0, 0)
    print(json.dumps({"sent": sent, "seconds": time.perf_counter() - start, "rss_mb": 0}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
