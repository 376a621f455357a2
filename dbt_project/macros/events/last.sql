{# The value that stands last (first) by chain order. Of two at one place the greater (smaller)
   counts, so that the answer never depends on the order in which rows are read. #}
{% macro last(value, by, where=none) -%}
    (array_agg({{ value }} order by {{ by }} desc, {{ value }} desc) filter (where {{ where or value ~ ' is not null' }}))[1]
{%- endmacro %}

{% macro first(value, by, where=none) -%}
    (array_agg({{ value }} order by {{ by }} asc, {{ value }} asc) filter (where {{ where or value ~ ' is not null' }}))[1]
{%- endmacro %}
