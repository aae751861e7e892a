"""Celery beat that calls for the post every second in place of every five: stories wait for what is due, not for it.

python -m tests.quick_beat ARGUMENTS OF CELERY
"""

import sys

from celery.__main__ import main

from pht_clinic.celery import app

if __name__ == "__main__":
    for name in ("drain-outbox", "deliver-webhooks"):
        app.conf.beat_schedule[name]["schedule"] = 1.0
    sys.exit(main())
