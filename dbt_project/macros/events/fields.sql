{# Typed reads from jsonb that cannot fail: what has another type becomes null. The fold parks such
   a row before any mart sees it (live.event_fields), so null here never means "unreadable". #}

{% macro number(object, field) -%}
    case when jsonb_typeof({{ object }} -> '{{ field }}') = 'number' then ({{ object }} -> '{{ field }}')::numeric end
{%- endmacro %}

{% macro boolean(object, field) -%}
    case when jsonb_typeof({{ object }} -> '{{ field }}') = 'boolean' then ({{ object }} -> '{{ field }}')::boolean end
{%- endmacro %}

{# Unix seconds, where PostgreSQL's calendar can hold them. #}
{% macro moment(object, field) -%}
    case
        when
            jsonb_typeof({{ object }} -> '{{ field }}') = 'number'
            and ({{ object }} -> '{{ field }}')::numeric between -62135596800 and 253402300799
            then to_timestamp(({{ object }} -> '{{ field }}')::float8)
    end
{%- endmacro %}

{# Borsh bool or Option<bool>: true = YES, false = NO, none = INVALID. #}
{% macro outcome(object, field) -%}
    case jsonb_typeof({{ object }} -> '{{ field }}')
        when 'boolean' then case when ({{ object }} -> '{{ field }}')::boolean then 'YES' else 'NO' end
        when 'null' then 'INVALID'
    end
{%- endmacro %}
