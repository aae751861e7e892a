"""What the doors of other systems hold of people, table by table, as in `held.py`: imports, cards, webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from injections.patient.keeping.held_shape import MANAGERS, NOBODY, Held, of_clinic

OF_DOORS: Final[Mapping[str, Held]] = {
    "injections.CdsCard": of_clinic("what another system was answered, without whom it was about"),
    "injections.CdsFeedback": of_clinic("what somebody there did with it, without who and about whom"),
    "scheduling.WebhookEndpoint": of_clinic("who asked for a webhook"),
    "scheduling.WebhookEvent": Held(
        what="that something happened, with the patients’ numbers",
        kept="deliveries",
        seen_by=MANAGERS,
        whose="patients",
        stays="it holds numbers, and goes by itself",
        not_copied="the audit trail says the same, and a list of its own says who changed the record",
    ),
    "scheduling.WebhookDelivery": of_clinic("nothing but to which system something was told, and when"),
    "injections.RecordImport": of_clinic("who brought in which file, and how its columns are named"),
    "injections.ColumnNames": of_clinic("how the columns of a file are named, and who said so"),
    "injections.ImportPart": Held(
        what="a file of records until it is brought in",
        kept="imports",
        seen_by=NOBODY,
        whose="patients",
        stays="it goes within a day",
        not_copied="what is brought in of it is copied",
    ),
    "injections.ImportLine": Held(
        what="what became of a line of a file that was brought in",
        kept="record",
        seen_by=MANAGERS,
        paths=("patient",),
        stays="where a record came from is part of it; what was said of the line goes with an erasure",
        not_copied="what it brought in is copied",
    ),
    "injections.UnjudgedPatient": Held(
        what="that the bookings wait to be checked by what came",
        kept="record",
        seen_by=NOBODY,
        paths=("patient",),
        stays="it goes by itself within minutes",
        not_copied="it goes by itself within minutes",
    ),
}
