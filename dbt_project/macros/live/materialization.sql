{# `live`: a table kept fresh by folding new rows into it, and the function that does the folding,
   both from the model's one select (docs/adr/0001). Missing: built. Changed (or --full-refresh):
   built in `shadow` beside the running fold, then swapped. Unchanged: what is left is folded. #}
{% materialization live, adapter='postgres' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {#- No database name in what is deployed: a database may be cloned or renamed. -#}
    {%- set place = target_relation.include(database=false) -%}
    {%- set shadow = place.incorporate(path={'schema': 'shadow'}) -%}
    {%- set columns = live_columns(model) -%}
    {%- set revise_by = config.get('revise_by', []) -%}
    {%- set definition = [
        live_table(place, columns),
        live_key(place, columns),
        live_constraints(place, columns),
        live_function('live', place, columns, revise_by, sql),
        live_fold_parts(place, columns, sql) | tojson,
    ] | join('\n') -%}
    {%- set definition_hash = local_md5(definition) -%}
    {%- set standing = live_query(
        "select sql_hash from live.models where name = '" ~ this.identifier ~ "' and to_regclass('" ~ place ~ "') is not null"
    ) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if flags.FULL_REFRESH or standing | length == 0 or standing[0][0] != definition_hash -%}
        {% do get_assert_columns_equivalent(sql) %}
        {% do live_build(shadow, columns, revise_by) %}
        {% do live_swap(shadow, columns, revise_by, definition_hash) %}
    {%- else -%}
        {% do live_fold_rest() %}
    {%- endif -%}

    {% call statement('main') -%}
        select sql_hash, deployed_at from live.models where name = '{{ this.identifier }}'
    {%- endcall %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# The bare table: the contract's columns. Keys, checks and indexes follow once it is filled. #}
{% macro live_table(relation, columns) -%}
    create table {{ relation }} (
        {%- for column in model.columns.values() %}
        {{ adapter.quote(column.name) }} {{ column.data_type }}
        {%- if live_is_required(column) %} not null{% endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    ) with (fillfactor = {{ config.get('fillfactor', 100) }});
{%- endmacro %}

{% macro live_is_required(column) -%}
    {{ return(column.constraints | selectattr('type', 'equalto', 'not_null') | list | length > 0) }}
{%- endmacro %}

{# By which a batch finds the rows it merges with. #}
{% macro live_key(relation, columns) -%}
    alter table {{ relation }} add primary key ({{ live_keys(columns) }});
{%- endmacro %}

{# The contract's checks, indexes, readers. #}
{% macro live_constraints(relation, columns) -%}
    {%- for column in model.columns.values() %}
    {%- for constraint in column.constraints if constraint.type == 'check' %}
    alter table {{ relation }} add check ({{ constraint.expression }});
    {%- endfor %}
    {%- endfor %}
    {%- for index in config.get('indexes', []) %}
    create {{ 'unique ' if index.unique }}index on {{ relation }} ({{ index.columns | join(', ') }});
    {%- endfor %}
    {{ live_security(relation) }}
{%- endmacro %}

{# Fills the shadow from everything the fold has passed, without holding anything up. #}
{% macro live_build(shadow, columns, revise_by) -%}
    {% do live_query('select pg_advisory_lock(' ~ live_turn() ~ ')') %}
    {% call statement('shadow') -%}
        drop table if exists {{ shadow }} cascade;
        {{ live_table(shadow, columns) }}
        {{ live_key(shadow, columns) }}
        {{ live_function('shadow', shadow, columns, revise_by, sql) }}
        insert into shadow.builds (name, events, votes)
        select '{{ shadow.identifier }}', max(seq) filter (where name = 'events'), max(seq) filter (where name = 'votes')
        from live.cursors
        on conflict (name) do update set events = excluded.events, votes = excluded.votes;
    {%- endcall %}
    {% do adapter.commit() %}
    {%- set passed = live_query("select events from shadow.builds where name = '" ~ shadow.identifier ~ "'")[0][0] | int -%}
    {%- for lo in range(0, [passed, 1] | max, 100000) -%}
        {% call statement('fill') -%}{{ live_fill(shadow, columns, lo, lo + 100000) }}{%- endcall %}
        {% do adapter.commit() %}
    {%- endfor -%}
    {% call statement('constraints') -%}
        {{ live_constraints(shadow, columns) }}
        analyze {{ shadow }};
    {%- endcall %}
    {% do persist_docs(shadow, model) %}
    {% do adapter.commit() %}
{%- endmacro %}

{# The rows between two sequence numbers, as they hold at the end: read once, kept in memory, scanned
   there by each branch of the select. A crash before a commit is on disk costs a shadow, which the
   next build makes anew. #}
{% macro live_fill(shadow, columns, lo, hi) -%}
    set local synchronous_commit = off;
    set local jit = off;
    set local work_mem = '256MB';
    with new_events as materialized (
        select e.*
        from live.event_rows(0, (select events from shadow.builds where name = '{{ shadow.identifier }}')) as e
        where e.seq > {{ lo }} and e.seq <= {{ hi }}
    ),
    new_votes as materialized (
        select * from raw.votes
        where {{ lo }} = 0 and seq <= (select votes from shadow.builds where name = '{{ shadow.identifier }}')
    )
    {{ live_insert(shadow, columns, sql) }}
    {{ live_on_conflict(columns) }};
{%- endmacro %}

{# Catches up with the fold, then takes the table's place; gives way to readers and tries again. #}
{% macro live_swap(shadow, columns, revise_by, definition_hash) -%}
    {% call statement('catch_up') -%}
        select live.catch_up('{{ shadow.identifier }}')
    {%- endcall %}
    {% do adapter.commit() %}
    {%- set done = namespace(value=false) -%}
    {%- for attempt in range(100) if not done.value -%}
        {%- set done.value = live_query(live_swap_statement(shadow, columns, revise_by, definition_hash))[0][0] -%}
        {% do adapter.commit() %}
        {%- if not done.value -%}{% do live_query('select pg_sleep(0.2)') %}{% do adapter.commit() %}{%- endif -%}
    {%- endfor -%}
    {%- if not done.value -%}
        {{ exceptions.raise_compiler_error(shadow.identifier ~ ' is read by a transaction that does not end; its rebuild waits in shadow') }}
    {%- endif -%}
    {% do live_query('select pg_advisory_unlock(' ~ live_turn() ~ ')') %}
{%- endmacro %}

{# Rebuilds take turns, however many threads dbt has: one keeps one core busy, and landing, the fold
   and readers keep the others. #}
{% macro live_turn() -%}
    7104, 0
{%- endmacro %}

{% macro live_swap_statement(shadow, columns, revise_by, definition_hash) -%}
    select live.swap(
        model => '{{ shadow.identifier }}',
        target_schema => '{{ this.schema }}',
        function_ddl => $ddl${{ live_function('live', this.include(database=false), columns, revise_by, sql) }}$ddl$,
        revise_by => '{{ revise_by | join(', ') }}',
        sql_hash => '{{ definition_hash }}',
        definition => $definition${{ live_over_new_rows(sql) }}$definition$,
        parts => $parts${{ live_fold_parts(this.include(database=false), columns, sql) | tojson }}$parts$
    )
{%- endmacro %}

{# Unchanged: fold what the worker, if one runs, has not folded yet. #}
{% macro live_fold_rest() -%}
    {%- set left = namespace(value=true) -%}
    {%- for batch in range(100000) if left.value -%}
        {%- set left.value = live_query('select moved from live.fold(20000)')[0][0] -%}
        {% do adapter.commit() %}
    {%- endfor -%}
{%- endmacro %}

{# Rows of a query, in a transaction that the caller commits (dbt's run_query opens none). #}
{% macro live_query(sql) -%}
    {% call statement('live_query', fetch_result=True) -%}{{ sql }}{%- endcall %}
    {{ return(load_result('live_query').table.rows) }}
{%- endmacro %}
