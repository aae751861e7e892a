"""A wish says from when to when, in place of halves of the day; both halves were any time."""

import datetime

from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NOON = datetime.time(12)
HOURS = {"morning": {"before": NOON}, "afternoon": {"after": NOON}}


def say_the_hours(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    wishes = apps.get_model("injections", "WaitingWish").objects.using(schema_editor.connection.alias)
    for half, hours in HOURS.items():
        wishes.filter(halves=[half]).update(**hours)


class Migration(migrations.Migration):
    dependencies = [
        ("injections", "0031_change_among_outcomes"),
        ("scheduling", "0019_series"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameField(model_name="waitingwish", old_name="earliest_on", new_name="from_on"),
        migrations.RenameField(model_name="waitingwish", old_name="instead_of", new_name="replaces"),
        migrations.AddField(model_name="waitingwish", name="after", field=models.TimeField(null=True)),
        migrations.AddField(model_name="waitingwish", name="before", field=models.TimeField(null=True)),
        migrations.AddField(
            model_name="waitingwish", name="revision", field=models.PositiveIntegerField(db_default=1, default=1)
        ),
        migrations.AddField(model_name="waitingwish", name="to_on", field=models.DateField(null=True)),
        migrations.RunPython(say_the_hours, migrations.RunPython.noop),
        migrations.RemoveField(model_name="waitingwish", name="halves"),
        migrations.AddConstraint(
            model_name="waitingwish",
            constraint=models.CheckConstraint(
                condition=models.Q(("after__lt", models.F("before"))), name="wish_after_before"
            ),
        ),
        migrations.AddConstraint(
            model_name="waitingwish",
            constraint=models.CheckConstraint(
                condition=models.Q(("from_on__lte", models.F("to_on"))), name="wish_from_to"
            ),
        ),
        migrations.AddConstraint(
            model_name="waitingwish",
            constraint=models.CheckConstraint(condition=models.Q(("notice_hours__lte", 8760)), name="wish_notice"),
        ),
    ]
