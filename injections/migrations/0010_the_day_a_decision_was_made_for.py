"""The day that a decision was made for: of what is there already, the day that its assessment judged. Of what it covers
the requested day is no part any more.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from pht_clinic import clock


def from_assessments(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    decision = apps.get_model("injections", "Decision")
    rows = decision.objects.using(schema_editor.connection.alias)
    for row in rows.select_related("assessment", "appointment").iterator():
        judged = row.assessment.facts.get("request", {}).get("start")
        start = datetime.fromisoformat(judged) if judged else row.appointment.start_at
        covers = _without_the_day(row.covers, row.assessment.findings)
        rows.filter(pk=row.pk).update(for_day=clock.local_date(start), covers=covers)


def _without_the_day(covers: list[dict[str, str]], findings: list[dict[str, Any]]) -> list[dict[str, str]]:
    renewed = {
        (one["rule"], one["severity"], _digest(one["evidence"])): _digest(
            {name: value for name, value in one["evidence"].items() if name != "start_on"}
        )
        for one in findings
    }
    return [
        {**one, "digest": renewed.get((one["rule"], one["severity"], one["digest"]), one["digest"])} for one in covers
    ]


def _digest(evidence: dict[str, Any]) -> str:
    canonical = json.dumps(evidence, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


class Migration(migrations.Migration):
    dependencies = [("injections", "0009_calls_for_what_did_not_come_back")]

    operations = [
        migrations.AddField(model_name="decision", name="for_day", field=models.DateField(null=True)),
        migrations.RunPython(from_assessments, migrations.RunPython.noop),
        migrations.AlterField(model_name="decision", name="for_day", field=models.DateField()),
    ]
