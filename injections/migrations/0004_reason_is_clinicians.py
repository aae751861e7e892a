"""Whose reason it is that physiotherapy is not possible: of what is there already, the author's role says."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def from_authors(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    pathway = apps.get_model("injections", "Pathway")
    rows = pathway.objects.using(schema_editor.connection.alias)
    said = rows.filter(recorded_by__role="radiologist", content__not_possible_reason__isnull=False)
    said.update(reason_is_clinicians=True)


class Migration(migrations.Migration):
    dependencies = [("injections", "0003_waiting_for_whom")]

    operations = [
        migrations.AddField(
            model_name="pathway", name="reason_is_clinicians", field=models.BooleanField(default=False)
        ),
        migrations.RunPython(from_authors, migrations.RunPython.noop),
    ]
