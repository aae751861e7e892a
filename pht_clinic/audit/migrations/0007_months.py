from django.db import migrations

# stops the clinic: the trail is locked while its key is made anew, some seconds for 1,000,000 entries

# Both tables become the default partition of one that is parted by the month of `at`, with their rows and indexes: nothing
# is copied. What looks at each row is the new key, and that it has the right verb.
UNDER_MONTHS = """
ALTER TABLE audit_entry DETACH PARTITION audit_entry_views;
ALTER TABLE audit_entry DETACH PARTITION audit_entry_deeds;
ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_pkey;
DO $$
DECLARE kind text; rest text; found text;
BEGIN
  FOREACH kind IN ARRAY ARRAY['audit_entry_views', 'audit_entry_deeds'] LOOP
    rest := kind || '_other';
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', kind, kind || '_pkey');
    FOR found IN
      SELECT indexrelid::regclass FROM pg_index
       WHERE indrelid = kind::regclass
    LOOP
      EXECUTE format('ALTER INDEX %I RENAME TO %I', found, replace(found, kind, rest));
    END LOOP;
    EXECUTE format('ALTER TABLE %I RENAME TO %I', kind, rest);
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY (id, verb, at)', rest, rest || '_pkey');
    EXECUTE format('CREATE TABLE %I (LIKE audit_entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS)'
                   ' PARTITION BY RANGE (at)', kind);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I DEFAULT', kind, rest);
  END LOOP;
END $$;
ALTER TABLE audit_entry ATTACH PARTITION audit_entry_views FOR VALUES IN ('viewed');
ALTER TABLE audit_entry ATTACH PARTITION audit_entry_deeds DEFAULT;
ALTER TABLE audit_entry ADD PRIMARY KEY (id, verb, at);
"""
OUT_OF_MONTHS = """
ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_pkey;
DO $$
DECLARE kind text; whole text;
BEGIN
  FOREACH kind IN ARRAY ARRAY['audit_entry_views', 'audit_entry_deeds'] LOOP
    whole := kind || '_whole';
    EXECUTE format('CREATE TABLE %I (LIKE audit_entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', whole);
    EXECUTE format('INSERT INTO %I SELECT * FROM %I', whole, kind);
    EXECUTE format('DROP TABLE %I', kind);
    EXECUTE format('ALTER TABLE %I RENAME TO %I', whole, kind);
  END LOOP;
END $$;
ALTER TABLE audit_entry ATTACH PARTITION audit_entry_views FOR VALUES IN ('viewed');
ALTER TABLE audit_entry ATTACH PARTITION audit_entry_deeds DEFAULT;
ALTER TABLE audit_entry ADD PRIMARY KEY (id, verb);
"""

# By the database's own clock, so that nobody who can call it has more tables made than there are months of 30 years.
# One month at a time is taken out of what has none, the newest first; a table that has no name of a partition's yet has
# no trigger either, so every row stays as it was sealed. A month that somebody keeps locked comes the next time.
MAKE_MONTHS = """
CREATE FUNCTION make_audit_months() RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '500ms' AS $$
DECLARE
  one CONSTANT interval := '1 month';
  ahead CONSTANT timestamptz := date_trunc('month', now()) + 3 * one;
  kind text; rest text; part text; first timestamptz; made integer := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(x'A0D17'::integer) THEN
    RETURN 0;
  END IF;
  FOREACH kind IN ARRAY ARRAY['audit_entry_deeds', 'audit_entry_views'] LOOP
    rest := kind || '_other';
    EXECUTE format('SELECT date_trunc(''month'', max(at)) FROM %I WHERE at >= $1 AND at < $2', rest)
      INTO first USING ahead - 360 * one, ahead;
    FOR first IN
      SELECT generate_series(ahead - 3 * one, ahead - one, one) UNION SELECT first WHERE first IS NOT NULL ORDER BY 1 DESC
    LOOP
      part := kind || to_char(first, '_YYYY_MM');
      CONTINUE WHEN to_regclass(part) IS NOT NULL;
      EXECUTE format('CREATE TABLE %I (LIKE audit_entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
      EXECUTE format('WITH moved AS (DELETE FROM %I WHERE at >= $1 AND at < $2 RETURNING *)'
                     ' INSERT INTO %I SELECT * FROM moved', rest, part) USING first, first + one;
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', kind, part, first, first + one);
      made := made + 1;
    END LOOP;
  END LOOP;
  RETURN made;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
  RETURN 0;
END $$;
REVOKE ALL ON FUNCTION make_audit_months() FROM PUBLIC;
"""
NO_MONTHS = "DROP FUNCTION make_audit_months()"

# A month goes whole when the last moment of it is due; of one that is due in part, and of one that somebody keeps locked,
# row by row as before.
FORGET_VIEWS = """
CREATE OR REPLACE FUNCTION forget_views(older_than timestamptz, most integer) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '500ms' AS $$
DECLARE
  part regclass; these bigint; gone bigint := 0;
BEGIN
  BEGIN
    FOR part IN
      SELECT c.oid FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'audit_entry_views'::regclass
         AND substring(pg_get_expr(c.relpartbound, c.oid) FROM $re$TO \\('([^']+)'\\)$re$)::timestamptz <= older_than
    LOOP
      LOCK TABLE ONLY audit_entry_views IN ACCESS EXCLUSIVE MODE;
      EXECUTE format('SELECT count(*) FROM %s', part) INTO these;
      EXECUTE format('DROP TABLE %s', part);
      gone := gone + these;
    END LOOP;
  EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
    gone := 0;
  END;
  DELETE FROM audit_entry WHERE verb = 'viewed' AND at < older_than AND id IN (
    SELECT id FROM audit_entry WHERE verb = 'viewed' AND at < older_than ORDER BY at LIMIT most
  );
  GET DIAGNOSTICS these = ROW_COUNT;
  RETURN gone + these;
END $$;
"""
ROW_BY_ROW = """
CREATE OR REPLACE FUNCTION forget_views(older_than timestamptz, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (
        DELETE FROM audit_entry WHERE verb = 'viewed' AND at < older_than AND id IN (
            SELECT id FROM audit_entry WHERE verb = 'viewed' AND at < older_than ORDER BY at LIMIT most
        ) RETURNING 1
    )
    SELECT count(*) FROM gone
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_forget_views")]

    operations = [
        migrations.RunSQL([UNDER_MONTHS], [OUT_OF_MONTHS]),
        migrations.RunSQL([MAKE_MONTHS], NO_MONTHS),
        migrations.RunSQL([FORGET_VIEWS], [ROW_BY_ROW]),
    ]
