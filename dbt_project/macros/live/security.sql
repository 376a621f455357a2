{# Who may read a mart, stated in its config as `readers: public | own_wallet | staff`; dropped and
   made together with the table, so no reader ever meets it without its policies. #}
{% macro live_security(relation) -%}
    {%- set readers = config.require('readers') -%}
    alter table {{ relation }} enable row level security;
    grant select on {{ relation }} to service_role, analyst;
    create policy analysts_read_all on {{ relation }} for select to analyst using (true);
    {%- if readers == 'public' %}
    grant select on {{ relation }} to anon, authenticated;
    create policy anyone_reads on {{ relation }} for select to anon, authenticated using (true);
    {%- elif readers == 'own_wallet' %}
    grant select on {{ relation }} to authenticated;
    create policy wallets_read_their_own on {{ relation }} for select to authenticated
    using (wallet = (select auth.wallet()));
    {%- elif readers != 'staff' %}
    {{ exceptions.raise_compiler_error(relation.identifier ~ ' states unknown readers: ' ~ readers) }}
    {%- endif %}
{%- endmacro %}

{# A view reads with the reader's rights, so the policies of the tables below it hold. One over ops,
   which nobody but the owner reads, may state `rights: owner`; then only staff reads it. #}
{% macro secure_view(relation) -%}
    {%- set owners = config.get('rights') == 'owner' -%}
    {%- if owners and config.get('readers') != 'staff' -%}
    {{ exceptions.raise_compiler_error(relation.identifier ~ " reads with its owner's rights: for staff only") }}
    {%- endif -%}
    alter view {{ relation }} set (security_invoker = {{ 'false' if owners else 'true' }});
    grant select on {{ relation }} to service_role, analyst
    {%- if config.get('readers') == 'public' %}, anon, authenticated
    {%- elif config.get('readers') == 'own_wallet' %}, authenticated
    {%- endif -%};
{%- endmacro %}
