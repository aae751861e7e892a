from django.db import migrations, models


class Migration(migrations.Migration):
    """Who cancelled is a value of its own; lines that were written before stay as they are and are read by a table."""

    dependencies = [("scheduling", "0020_holds_for_nobody_yet")]

    operations = [
        migrations.AddField(
            model_name="appointmentchange", name="cancelled_by", field=models.CharField(blank=True, max_length=10)
        )
    ]
