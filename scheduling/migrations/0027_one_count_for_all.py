"""Tries at links and short addresses go into the one count behind every limit. The two tables stay, empty."""

from django.db import migrations

TRIES = """
INSERT INTO web_guesscount (account, place, about, guesses, ends_at)
SELECT 'link:' || appointment_id, 'dates-of-birth-a-day', appointment_id, count, since + interval '24 hours'
  FROM scheduling_linktries WHERE since > now() - interval '24 hours'
ON CONFLICT (account, place) DO NOTHING
"""
TRIES_IN_ALL = """
INSERT INTO web_guesscount (account, place, about, guesses, ends_at)
SELECT 'link:' || appointment_id, 'dates-of-birth-in-all', appointment_id, least(count, 5), now() + interval '3660 days'
  FROM scheduling_linktries
ON CONFLICT (account, place) DO NOTHING
"""
GUESSES = """
INSERT INTO web_guesscount (account, place, guesses, ends_at)
SELECT 'short-link', block, count, since + interval '1 hour'
  FROM scheduling_linkguesses WHERE since > now() - interval '1 hour'
ON CONFLICT (account, place) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0026_unusual_use"), ("web", "0007_counts_about_a_row")]

    operations = [
        migrations.RunSQL([TRIES, TRIES_IN_ALL, GUESSES], migrations.RunSQL.noop),
        migrations.RunSQL(
            ["DELETE FROM scheduling_linktries", "DELETE FROM scheduling_linkguesses"], migrations.RunSQL.noop
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel("LinkTries"), migrations.DeleteModel("LinkGuesses")]
        ),
    ]
