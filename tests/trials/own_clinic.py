"""Opens a clinic in a database of its own, for trials that do to the database what no other test could bear.

    python -m tests.trials.own_clinic PATIENTS

Run it with DATABASE_URL and DATABASE_OWNER_URL of that database. It prints a line of JSON: a token of reception and
one of a manager, the practitioner, the patients.
"""

from __future__ import annotations

import json
import os
import sys

import django


def main(count: int) -> dict[str, object]:
    """Make the tables, the tests' clinic and so many patients. Django must be set up."""
    from tests import database
    from tests.clinic import NOW, open_clinic
    from tests.trials.patients import crowd

    database.migrate(os.environ["DATABASE_OWNER_URL"])
    clinic = open_clinic(NOW)
    from pht_clinic.people import tokens

    return {
        "token": tokens.issue(clinic.users["reception"], days=1),
        "manager": tokens.issue(clinic.users["manager"], days=1),
        "practitioner": str(clinic.practitioner.pk),
        "patients": [str(patient.pk) for patient in crowd(clinic, count)],
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pht_clinic.settings")
    django.setup()
    print(json.dumps(main(int(sys.argv[1]))))
