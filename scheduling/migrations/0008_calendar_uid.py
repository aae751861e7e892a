"""A visit's name in calendars becomes its own: those that exist keep the one that was sent with them."""

from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Value
from django.db.models.functions import Cast, Concat

import scheduling.models.appointment


def keep_what_was_sent(apps: Any, schema_editor: Any) -> None:
    """Until now it was made of the row's id and the domain of the sender."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    rows = apps.get_model("scheduling", "Appointment").objects.using(schema_editor.connection.alias)
    own = Concat(Value("appointment-"), Cast(F("pk"), models.CharField()), Value(f"@{domain}"))
    rows.update(calendar_uid=own)


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0007_what_was_told")]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="calendar_uid",
            field=models.CharField(default="", editable=False, max_length=300),
            preserve_default=False,
        ),
        migrations.RunPython(keep_what_was_sent, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="appointment",
            name="calendar_uid",
            field=models.CharField(
                default=scheduling.models.appointment.new_calendar_uid, editable=False, max_length=300
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.UniqueConstraint(fields=("calendar_uid",), name="appointment_one_calendar_uid"),
        ),
    ]
