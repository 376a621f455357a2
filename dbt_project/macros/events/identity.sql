{# What every staged event carries: who, where, and its place in the chain's order. #}
{% macro event_identity() -%}
---------- ids
        market_address,
        market_id,
        wallet,
        signature,
        signature || ':' || "outer" || '.' || inner_path || '.' || ordinal as event_id,

        ---------- place
        slot,
        tx_index,
        position,
        {{ chain_order() }} as chain_order
{%- endmacro %}

{# (slot, transaction index, event position) as one comparable number: 35, 16 and 11 bits. An index
   not known yet sorts last in its slot. The 63rd bit is free for "counts before all others". #}
{% macro chain_order() -%}
    (slot << 27) | (least(coalesce(tx_index, 65535), 65535)::bigint << 11) | least(position, 2047)
{%- endmacro %}
