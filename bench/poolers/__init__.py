"""What stands between the clinic's threads and PostgreSQL: nothing, PgBouncer, or psycopg's pool in each process."""
