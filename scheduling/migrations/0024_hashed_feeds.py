"""Of the secret in a feed's address only the digest is kept; calendars that use one go on."""

from django.db import migrations, models

HASH = """
UPDATE scheduling_practitioner SET feed_digest = encode(sha256(convert_to(feed_token::text, 'UTF8')), 'hex')
WHERE active AND (user_id IS NULL OR EXISTS (SELECT FROM people_user WHERE id = user_id AND is_active))
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0023_short_link_guesses")]
    operations = [
        migrations.AddField(
            "practitioner", "feed_digest", models.CharField(editable=False, max_length=64, null=True, unique=True)
        ),
        migrations.RunSQL(HASH, migrations.RunSQL.noop),
        migrations.RemoveField("practitioner", "feed_token"),
    ]
