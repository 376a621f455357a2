{# How a revision is taken back. Sums are subtracted. An extreme (max, min, first, last, or) falls
   with a row that made it, unless a row that still holds makes the same: then, and where no other
   row of the key was found, the key is computed anew from its history. Needs keys that contain
   `revise_by`; other models compute anew the few rows of the transaction itself. #}
{% macro live_subtracts(columns, revise_by) -%}
    {%- set keys = columns | selectattr('merge', 'equalto', 'key') | map(attribute='name') | list -%}
    {%- set sums = columns | selectattr('merge', 'equalto', 'sum') | list -%}
    {{ return(sums | length > 0 and revise_by | reject('in', keys) | list | length == 0) }}
{%- endmacro %}

{# Whether the retracted rows (`taken`) made a column of the standing row `t` what it is, and no row
   found beside them (`kept`) does as well. #}
{% macro live_falls(column) -%}
    {%- set c = adapter.quote(column.name) -%}
    {%- if column.merge == 'sum' -%}
        t.{{ c }} is null or taken.{{ c }} is null
    {%- elif column.merge in ('max', 'min') -%}
        (taken.{{ c }} = t.{{ c }} and kept.{{ c }} is distinct from t.{{ c }})
    {%- elif column.merge == 'or' -%}
        (taken.{{ c }} and kept.{{ c }} is not true)
    {%- else -%}
        {%- set by = adapter.quote(column.by) -%}
        (
            taken.{{ by }} = t.{{ by }}
            and (kept.{{ by }}, kept.{{ c }}) is distinct from (t.{{ by }}, t.{{ c }})
        )
    {%- endif -%}
{%- endmacro %}

{# The model's select over given raw rows: partial rows, one a key. #}
{% macro live_partial(rows, sql) -%}
        with new_events as materialized (
            {{ rows }}
        ),
        new_votes as (
            select * from raw.votes where false
        )
        select * from (
{{ live_over_new_rows(sql) }}
        ) as d
{%- endmacro %}

{# The rows before the batch, as they hold after it, of what `revised` names: by index, not by hash. #}
{% macro live_history(revise_by) -%}
    {%- set same = [] -%}
    {%- for name in revise_by -%}{%- do same.append('e.' ~ name ~ ' = revised.' ~ name) -%}{%- endfor -%}
    select event_row.*
    from revised
    cross join lateral (
        select e.* from live.event_rows(0, $3) as e
        where {{ same | join(' and ') }} and e.seq <= $2
        offset 0
    ) as event_row
{%- endmacro %}

{# Statements of the fold's function, which declares `anew jsonb`: the keys left to compute. #}
{% macro live_take_back(relation, columns, revise_by, sql) -%}
    {%- set keys = columns | selectattr('merge', 'equalto', 'key') | list -%}
    {%- set first_key = adapter.quote(keys[0].name) -%}
    {%- set lowered = [] -%}
    {%- set falls = ['t.' ~ first_key ~ ' is null', 'kept.' ~ first_key ~ ' is null'] -%}
    {%- set same = [] -%}
    {%- set typed = [] -%}
    {%- set near = [] -%}
    {%- for column in columns -%}
        {%- set c = adapter.quote(column.name) -%}
        {%- if column.merge == 'key' -%}
            {%- do same.append('t.' ~ c ~ ' = j.' ~ c) -%}
            {%- do typed.append(c ~ ' ' ~ model.columns[column.name].data_type) -%}
        {%- else -%}
            {%- do falls.append(live_falls(column)) -%}
            {%- if column.merge == 'sum' -%}{%- do lowered.append(c ~ ' = t.' ~ c ~ ' - j.' ~ c) -%}{%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in revise_by -%}{%- do near.append('e.' ~ name ~ ' = v.' ~ name) -%}{%- endfor %}
        with vanished as materialized (
            -- Held before the revisions of this range and no longer after them.
            select was.*
            from (select distinct slot, signature from raw.revisions where seq > $2 and seq <= $3) as told
            cross join lateral (
                select held.*
                from live.event_rows(0, $2) as held
                where
                    held.slot = told.slot and held.signature = told.signature
                    -- A row that was parked was never folded, also if it has been replayed since.
                    and not exists (
                        select from ops.dead_letters as letter
                        where letter.kind = 'fold' and letter.payload ->> 'seq' = held.seq::text
                    )
                    and not exists (
                        select from live.event_rows(0, $3) as still
                        where still.slot = held.slot and still.signature = held.signature and still.seq = held.seq
                    )
                offset 0 -- looked up one by one, whatever the planner thinks of raw.revisions
            ) as was
        ),
        -- A few transactions on either side of each, which may hold up what it held up.
        beside as materialized (
            select distinct n.slot, n.signature
            from vanished as v
            cross join lateral (
                (
                    select e.slot, e.signature from raw.events as e
                    where {{ near | join(' and ') }} and e.slot <= v.slot
                    order by e.slot desc limit 8
                )
                union all
                (
                    select e.slot, e.signature from raw.events as e
                    where {{ near | join(' and ') }} and e.slot >= v.slot
                    order by e.slot asc limit 8
                )
            ) as n
        ),
        taken as materialized (
        {{ live_partial('select * from vanished', sql) }}
        ),
        kept as materialized (
        {%- set holding -%}
            select h.*
            from beside
            cross join lateral (
                select e.* from live.event_rows(0, $3) as e
                where e.slot = beside.slot and e.signature = beside.signature and e.seq <= $2
                offset 0
            ) as h
        {%- endset %}
        {{ live_partial(holding, sql) }}
        ),
        judged as materialized (
            select taken.*, coalesce({{ falls | join('\n                or ') }}, false) as falls
            from taken
            left join {{ relation }} as t using ({{ live_keys(columns) }})
            left join kept using ({{ live_keys(columns) }})
        ),
        lowered as (
            update {{ relation }} as t
            set {{ lowered | join(', ') }}
            from judged as j
            where not j.falls and {{ same | join(' and ') }}
        ),
        removed as (
            delete from {{ relation }} as t
            using judged as j
            where j.falls and {{ same | join(' and ') }}
        )
        select jsonb_agg(to_jsonb(j)) filter (where j.falls) into anew
        from judged as j;

        if anew is not null then
            with fallen as materialized (
                select * from jsonb_to_recordset(anew) as k ({{ typed | join(', ') }})
            ),
            revised as (
                select distinct {{ revise_by | join(', ') }} from fallen
            ),
            new_events as materialized (
                {{ live_history(revise_by) }}
            ),
            new_votes as (
                select * from raw.votes where false
            )
            {{ live_insert(relation, columns, sql) }}
            where ({{ live_keys(columns) }}) in (select {{ live_keys(columns) }} from fallen);
        end if;
{%- endmacro %}

{# Deletes what the revisions touch and computes it anew from the rows before the batch. #}
{% macro live_compute_anew(relation, columns, revise_by, sql) -%}
    {%- set revised = revise_by | join(', ') %}
        delete from {{ relation }}
        where ({{ revised }}) in (select {{ revised }} from live.revised_rows($2, $3));
        with revised as (
            select distinct {{ revised }} from live.revised_rows($2, $3)
        ),
        new_events as materialized (
            {{ live_history(revise_by) }}
        ),
        new_votes as (
            select * from raw.votes where false
        )
        {{ live_insert(relation, columns, sql) }};
{%- endmacro %}
