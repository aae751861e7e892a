"""What came later about an open call stood at the end of its text: each is a reason with its time now."""

import re
from datetime import UTC, datetime

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from pht_clinic import clock

_SINCE = re.compile(r"\nSince then, [A-Z][a-z]+ (\d{1,2} [A-Z][a-z]+ \d{4} at \d\d:\d\d): ")


def part_reasons(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    calls = apps.get_model("injections", "Call").objects.using(schema_editor.connection.alias)
    for call in calls.filter(say__contains="\nSince then, ").iterator():
        say, *later = _SINCE.split(call.say)
        reasons = [{"at": _instant(at), "text": text} for at, text in zip(later[::2], later[1::2], strict=True)]
        calls.filter(pk=call.pk).update(say=say, later=reasons)


def _instant(written: str) -> str:
    """As it was written on the clinic's clock."""
    wall = datetime.strptime(written, "%d %B %Y at %H:%M")  # noqa: DTZ007 - its zone follows
    return wall.replace(tzinfo=clock.zone()).astimezone(UTC).isoformat()


class Migration(migrations.Migration):
    dependencies = [("injections", "0028_waiting_list")]

    operations = [
        migrations.AddField(model_name="call", name="later", field=models.JSONField(default=list)),
        migrations.RunPython(part_reasons, migrations.RunPython.noop),
        migrations.RenameField(model_name="callattempt", old_name="how", new_name="result"),
    ]
