-- Whether Dagster ever started on this database: it makes its tables itself.
select to_regclass('dagster.runs') is not null as has_dagster
