from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0008_calendar_uid")]

    operations = [
        migrations.AddField(model_name="message", name="language", field=models.CharField(max_length=10, null=True)),
        migrations.AddField(
            model_name="patient",
            name="written_language",
            field=models.CharField(blank=True, db_default="", default="", max_length=10),
        ),
    ]
