{# How two partial rows of one key become one. `t` is the row that stands, `excluded` the new part.
   All are commutative and associative: the order in which parts arrive never shows. #}
{% macro live_merge(column) -%}
    {%- set name = adapter.quote(column.name) -%}
    {%- set old = 't.' ~ name -%}
    {%- set new = 'excluded.' ~ name -%}
    {%- if column.merge == 'sum' -%}
        {{ old }} + {{ new }}
    {%- elif column.merge == 'max' -%}
        greatest({{ old }}, {{ new }})
    {%- elif column.merge == 'min' -%}
        least({{ old }}, {{ new }})
    {%- elif column.merge == 'or' -%}
        {{ old }} or {{ new }}
    {%- elif column.merge in ('last', 'first') -%}
        {%- set old_order = 't.' ~ adapter.quote(column.by) -%}
        {%- set new_order = 'excluded.' ~ adapter.quote(column.by) -%}
        {%- set wins = '>' if column.merge == 'last' else '<' -%}
        {%- set extreme = 'greatest' if column.merge == 'last' else 'least' -%}
        case
            when {{ new_order }} is null then {{ old }}
            when {{ old_order }} is null or {{ new_order }} {{ wins }} {{ old_order }} then {{ new }}
            when {{ new_order }} = {{ old_order }} then {{ extreme }}({{ old }}, {{ new }})
            else {{ old }}
        end
    {%- endif -%}
{%- endmacro %}

{# The model's columns with their merges, or a build error that names the column at fault. #}
{% macro live_columns(model) -%}
    {%- set merges = ['key', 'sum', 'min', 'max', 'or', 'last', 'first'] -%}
    {%- set columns = [] -%}
    {%- for column in model.columns.values() -%}
        {%- set meta = column.config.meta or column.meta -%}
        {%- set where = model.name ~ '.' ~ column.name -%}
        {%- if meta.merge is not defined -%}
            {{ exceptions.raise_compiler_error(where ~ ' states no merge (one of ' ~ merges | join(', ') ~ ')') }}
        {%- elif meta.merge not in merges -%}
            {{ exceptions.raise_compiler_error(where ~ ' states an unknown merge: ' ~ meta.merge) }}
        {%- elif meta.merge in ('last', 'first') and meta.by not in model.columns -%}
            {{ exceptions.raise_compiler_error(where ~ ' merges by a column the model does not have') }}
        {%- endif -%}
        {%- do columns.append({'name': column.name, 'merge': meta.merge, 'by': meta.by}) -%}
    {%- endfor -%}
    {%- if not columns | selectattr('merge', 'equalto', 'key') | list -%}
        {{ exceptions.raise_compiler_error(model.name ~ ' has no key column') }}
    {%- endif -%}
    {{ return(columns) }}
{%- endmacro %}
