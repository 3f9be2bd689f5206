"""Django's PostgreSQL backend, with one writer at a time: what SQLite's IMMEDIATE transactions give."""
