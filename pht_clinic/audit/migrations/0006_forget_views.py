from django.db import migrations

# Views of patients leave the trail when they have been kept long enough, in steps; the role that does it holds no right
# on the table itself, so that nothing else of the trail can ever go this way.
FORGET_VIEWS = """
CREATE FUNCTION forget_views(older_than timestamptz, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (
        DELETE FROM audit_entry WHERE verb = 'viewed' AND at < older_than AND id IN (
            SELECT id FROM audit_entry WHERE verb = 'viewed' AND at < older_than ORDER BY at LIMIT most
        ) RETURNING 1
    )
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION forget_views(timestamptz, integer) FROM PUBLIC;
"""
TAKE_AWAY = "DROP FUNCTION forget_views(timestamptz, integer)"


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_views_apart")]

    operations = [migrations.RunSQL(FORGET_VIEWS, TAKE_AWAY)]
