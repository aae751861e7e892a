"""The table of Django's DatabaseCache, in the shape that `createcachetable` gives it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("web", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="""
                CREATE TABLE web_cache (
                    cache_key varchar(255) NOT NULL PRIMARY KEY,
                    value text NOT NULL,
                    expires timestamp with time zone NOT NULL
                );
                CREATE INDEX web_cache_expires ON web_cache (expires);
            """,
            reverse_sql="DROP TABLE web_cache;",
        )
    ]
