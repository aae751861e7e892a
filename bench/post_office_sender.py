"""django-post-office as a process: `python -m bench.post_office_sender PROCESSES`, like `bench.senders`.

Its mails are queued rendered, text, HTML and the calendar as an attachment, before the clock starts; it sends them with
so many processes, one thread and so one kept connection each, and writes their states back in one statement a process.
"""

import json
import logging
import os
import pickle
import sys
import time
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.post_office_settings"
django.setup()
logging.getLogger("post_office").setLevel(logging.WARNING)

from django.core.files.base import ContentFile  # noqa: E402
from post_office.mail import send_queued  # noqa: E402
from post_office.models import PRIORITY, STATUS, Attachment, Email  # noqa: E402


def queue(count: int) -> None:
    """Queue the letters, without the package's own checks of each."""
    letters = pickle.loads(Path(os.environ["BENCH_LETTERS"]).read_bytes())[:count]  # noqa: S301 - our own
    mails = Email.objects.bulk_create(
        Email(
            from_email=letter["from"], to=[letter["recipient"]], subject=letter["subject"], message=letter["text"],
            html_message=letter["html"], priority=PRIORITY.medium, status=STATUS.queued,
            headers={"Message-ID": letter["message-id"], "Reply-To": letter["reply-to"]},
        )
        for letter in letters
    )  # fmt: skip
    attachments = Attachment.objects.bulk_create(
        Attachment(
            file=ContentFile(letter["calendar"].encode(), name="visit.ics"),
            name="visit.ics",
            mimetype="text/calendar",
        )
        for letter in letters
    )
    link = Email.attachments.through
    link.objects.bulk_create(
        link(email_id=mail.pk, attachment_id=attachment.pk)
        for mail, attachment in zip(mails, attachments, strict=True)
    )


def main(processes: int, count: int) -> None:
    """Queue, wait, send."""
    queue(count)
    print("ready", flush=True)
    sys.stdin.readline()
    start = time.perf_counter()
    sent, failed, requeued = send_queued(processes=processes)
    assert (failed, requeued) == (0, 0)
    print(json.dumps({"sent": sent, "seconds": time.perf_counter() - start, "rss_mb": 0}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
