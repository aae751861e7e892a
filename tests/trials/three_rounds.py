"""Enters a round of webhooks three times, the second while the first goes on, and prints who had it as JSON.

    python -m tests.trials.three_rounds

Between the two the first commits as often as deliveries do: behind a pooler its connection changes hands each time.
"""

from __future__ import annotations

import json
import os
import threading

import django


def main() -> dict[str, bool]:
    """Who had the round. Django must be set up."""
    from django.db import connection

    from scheduling.models import WebhookDelivery
    from scheduling.webhooks import deliver

    found: dict[str, bool] = {}

    def enter(name: str) -> None:
        with deliver._alone() as is_ours:
            found[name] = is_ours
        connection.close()

    with deliver._alone() as found["first"]:
        for _ in range(20):
            WebhookDelivery.objects.count()
        thread = threading.Thread(target=enter, args=("meanwhile",))
        thread.start()
        thread.join()
    enter("afterwards")
    return found


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pht_clinic.settings")
    django.setup()
    print(json.dumps(main()))
