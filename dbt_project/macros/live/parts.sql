{# A compiled select taken apart: {shared: [{name, sql}], sql}. dbt puts ephemeral models in front as
   CTEs of their own; models that read the same ones then share them in live.fold_models, so each is
   named by its text: two texts never meet under one name while models are rebuilt one by one. #}
{% macro live_parts(sql) -%}
    {%- set re = modules.re -%}
    {%- set left = namespace(sql=sql, more=true) -%}
    {%- set shared = [] -%}
    {%- set names = {} -%}
    {%- for n in range(500) if left.more -%}
        {%- set opening = re.match('(?:\\s|--[^\\n]*\\n)*with\\s+(__dbt__cte__\\w+)\\s+as\\s+\\(', left.sql) -%}
        {%- if opening is none -%}
            {%- set left.more = false -%}
        {%- else -%}
            {%- set end = live_closing(left.sql, opening.end()) -%}
            {%- set body = live_renamed(left.sql[opening.end():end], names) -%}
            {%- do names.update({opening.group(1): 'staged_' ~ local_md5(body)[:12]}) -%}
            {%- do shared.append({'name': names[opening.group(1)], 'sql': body}) -%}
            {%- set rest = left.sql[end + 1:] -%}
            {%- set left.sql = re.sub('^\\s*,', 'with ', rest) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return({'shared': shared, 'sql': live_renamed(left.sql, names)}) }}
{%- endmacro %}

{# Where the parenthesis that was opened just before `start` is closed; comments, strings and quoted
   names are passed over. #}
{% macro live_closing(sql, start) -%}
    {%- set at = namespace(depth=1, end=none) -%}
    {%- set tokens = modules.re.finditer('--[^\\n]*|\'(?:[^\']|\'\')*\'|"[^"]*"|[()]', sql) -%}
    {%- for token in tokens if token.start() >= start and at.end is none -%}
        {%- set step = {'(': 1, ')': -1}.get(token.group(), 0) -%}
        {%- set at.depth = at.depth + step -%}
        {%- if at.depth == 0 -%}{%- set at.end = token.start() -%}{%- endif -%}
    {%- endfor -%}
    {%- if at.end is none -%}{{ exceptions.raise_compiler_error('unbalanced parentheses in ' ~ model.name) }}{%- endif -%}
    {{ return(at.end) }}
{%- endmacro %}

{% macro live_renamed(sql, names) -%}
    {%- set text = namespace(sql=sql) -%}
    {%- for old, new in names.items() -%}
        {%- set text.sql = modules.re.sub('\\b' ~ old ~ '\\b', new, text.sql) -%}
    {%- endfor -%}
    {{ return(text.sql) }}
{%- endmacro %}

{# What live.models keeps of a model for live.compose: its own insert, and what it shares. #}
{% macro live_fold_parts(relation, columns, sql) -%}
    {%- set parts = live_parts(live_over_new_rows(sql)) -%}
    {%- set insert -%}
    {{ live_insert(relation, columns, parts.sql) }}
    order by {{ live_keys(columns) }}
    {{ live_on_conflict(columns) }}
    {%- endset -%}
    {{ return({'shared': parts.shared, 'insert': insert}) }}
{%- endmacro %}
