"""The schema's history: numbered .sql files, applied by Alembic."""
