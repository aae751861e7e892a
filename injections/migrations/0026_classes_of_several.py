"""What was booked as a class of one becomes the first participant of a class that others may join."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

KIND, SEATS = "exercise-class", 8
KEEPS_TIME = ("proposed", "pending", "booked", "arrived")


def begin_classes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    alias = schema_editor.connection.alias
    visits = apps.get_model("scheduling", "Appointment").objects.using(alias)
    classes = apps.get_model("scheduling", "GroupVisit").objects.using(alias)
    for row in visits.filter(kind=KIND, status__in=KEEPS_TIME, group=None).iterator():
        group = classes.create(
            kind=KIND,
            practitioner_id=row.practitioner_id,
            room_id=row.room_id,
            start_at=row.start_at,
            end_at=row.end_at,
            seats=SEATS,
        )
        visits.filter(pk=row.pk).update(group=group, seat=1, seats=SEATS)


class Migration(migrations.Migration):
    dependencies = [("injections", "0025_confirmed_addresses"), ("scheduling", "0016_classes")]

    operations = [migrations.RunPython(begin_classes, migrations.RunPython.noop)]
