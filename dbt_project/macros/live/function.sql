{# The compiled select with raw relations replaced by the CTEs that hold the rows to read. #}
{% macro live_over_new_rows(sql) -%}
    {%- set raw = api.Relation.create(database=target.database, schema='raw') -%}
    {%- set events = raw.incorporate(path={'identifier': 'events'}) | string -%}
    {%- set votes = raw.incorporate(path={'identifier': 'votes'}) | string -%}
    {{ return(sql.replace(events, 'new_events').replace(votes, 'new_votes')) }}
{%- endmacro %}

{# `insert … select` over the rows of `new_events` and `new_votes`, keys in order so that two
   folders, if ever, wait for each other instead of deadlocking. #}
{% macro live_insert(relation, columns, sql) -%}
    {%- set names = columns | map(attribute='name') | map('string') | list -%}
    {%- set quoted = [] -%}
    {%- for name in names -%}{%- do quoted.append(adapter.quote(name)) -%}{%- endfor -%}
    insert into {{ relation }} as t ({{ quoted | join(', ') }})
    select {{ quoted | join(', ') }}
    from (
{{ live_over_new_rows(sql) }}
    ) as d
{%- endmacro %}

{% macro live_keys(columns) -%}
    {%- set keys = [] -%}
    {%- for column in columns if column.merge == 'key' -%}
        {%- do keys.append(adapter.quote(column.name)) -%}
    {%- endfor -%}
    {{ return(keys | join(', ')) }}
{%- endmacro %}

{% macro live_on_conflict(columns) -%}
    {%- set merges = [] -%}
    {%- for column in columns if column.merge != 'key' -%}
        {%- do merges.append(adapter.quote(column.name) ~ ' = ' ~ live_merge(column)) -%}
    {%- endfor -%}
    on conflict ({{ live_keys(columns) }}) do {% if merges -%}
    update set
        {{ merges | join(',\n        ') }}
    {%- else -%}
    nothing
    {%- endif -%}
{%- endmacro %}

{# Folds `fresh`, the rows after `lo` up to `hi` (and the ballots after `vote_lo` up to `vote_hi`)
   into `relation`, once what the revisions of that range took away is taken back. #}
{% macro live_function(schema, relation, columns, revise_by, sql) -%}
create or replace function {{ schema }}.fold_{{ relation.identifier }}(
    fresh raw.events[], lo bigint, hi bigint, vote_lo bigint, vote_hi bigint
) returns void
language plpgsql
set plan_cache_mode = {{ config.get('plan_cache_mode', 'force_generic_plan') }}
set jit = off
set work_mem = '64MB'
as $fold$
declare
    anew jsonb;
begin
    {%- if revise_by %}
    if exists (select from raw.revisions where seq > $2 and seq <= $3) then
        {%- if live_subtracts(columns, revise_by) %}
        {{ live_take_back(relation, columns, revise_by, sql) }}
        {%- else %}
        {{ live_compute_anew(relation, columns, revise_by, sql) }}
        {%- endif %}
    end if;
    {%- endif %}

    with new_events as materialized (
        select * from unnest($1)
    ),
    new_votes as (
        select * from raw.votes where seq > $4 and seq <= $5
    )
    {{ live_insert(relation, columns, sql) }}
    order by {{ live_keys(columns) }}
    {{ live_on_conflict(columns) }};
end
$fold$;
{%- endmacro %}
