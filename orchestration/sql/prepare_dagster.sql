-- Dagster makes its tables itself, as the line's owner; the API may show its runs to operators.
create schema if not exists dagster;
grant usage on schema dagster to service_role;
grant select on all tables in schema dagster to service_role;
alter default privileges in schema dagster grant select on tables to service_role;
