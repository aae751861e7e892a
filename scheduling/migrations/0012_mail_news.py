"""What mail providers tell of mails, and the mark of an address that does not work."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0011_phone_attempts")]

    operations = [
        migrations.CreateModel(
            name="MailNews",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64, unique=True)),
                ("provider", models.CharField(max_length=20)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("delivered", "Delivered to the mailbox"),
                            ("bounced", "Came back"),
                            ("refused", "Not sent by the provider"),
                            ("complained", "Reported as unwanted"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("heard_at", models.DateTimeField()),
                ("said", models.CharField(blank=True, max_length=200)),
            ],
            options={"ordering": ["at", "id"], "abstract": False, "base_manager_name": "objects"},
        ),
        migrations.AddField(
            model_name="message", name="provider_id", field=models.CharField(blank=True, default="", max_length=200)
        ),
        migrations.AddField(
            model_name="patient",
            name="failing_email",
            field=models.EmailField(blank=True, db_default="", default="", editable=False, max_length=254),
        ),
        migrations.AddField(
            model_name="patient", name="failing_since", field=models.DateTimeField(editable=False, null=True)
        ),
        migrations.AddField(
            model_name="patient",
            name="failing_why",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=10),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("provider_id", ""), _negated=True),
                fields=["provider_id"],
                name="message_provider_id",
            ),
        ),
        migrations.AddField(
            model_name="mailnews",
            name="message",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="news", to="scheduling.message"
            ),
        ),
    ]
