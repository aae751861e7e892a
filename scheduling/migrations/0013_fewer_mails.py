"""Patients who want no emails but those about a booked visit."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0012_mail_news")]

    operations = [
        migrations.AddField(
            model_name="patient", name="opted_out_at", field=models.DateTimeField(editable=False, null=True)
        ),
        migrations.AddField(
            model_name="patient",
            name="opted_out_how",
            field=models.CharField(
                blank=True,
                choices=[("link", "by the link in an email"), ("one-click", "by the button of their mail program")],
                db_default="",
                default="",
                editable=False,
                max_length=10,
            ),
        ),
    ]
