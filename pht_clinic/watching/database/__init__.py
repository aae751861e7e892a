"""Django's way to PostgreSQL, which says how long a connection took: settings name this package as ENGINE."""
