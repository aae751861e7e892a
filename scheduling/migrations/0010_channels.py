from django.conf import settings
from django.db import migrations, models

_BY_PHONE = """
    UPDATE scheduling_message
       SET channel = 'phone'
     WHERE recipient = '' AND patient_id IS NOT NULL
"""
"""What has no address is said by a person, as it was until now."""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0009_written_language"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AddField(
            model_name="message",
            name="channel",
            field=models.CharField(
                choices=[("email", "Email"), ("sms", "Text message"), ("letter", "Letter"), ("phone", "Phone call")],
                default="email",
                max_length=10,
            ),
        ),
        migrations.RunSQL(_BY_PHONE, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="message", name="recipient", field=models.CharField(blank=True, max_length=254)
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True), ("phone_task", True), ("channel", "letter")),
                fields=["due_at", "id"],
                name="message_letters_to_post",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["email", "sms", "letter", "phone"])),
                name="message_channel_is_known",
            ),
        ),
    ]
