-- What the API may do, and the one statement by which it reads on a wallet's behalf.

-- Takes on `role` and `claims`, runs `query` (one text column, $1 … $8), and drops both with its
-- transaction, which is the statement itself. Security invoker: it can only become what the
-- login may become, so it gives nobody more than the login already has.
create function auth.query(role text, claims text, query text, arguments text[])
returns setof text
language plpgsql
as $$
begin
    perform set_config('role', role, true), set_config('request.jwt.claims', claims, true);
    return query execute query using
        arguments[1], arguments[2], arguments[3], arguments[4],
        arguments[5], arguments[6], arguments[7], arguments[8];
end
$$;
revoke execute on function auth.query from public;
grant execute on function auth.query to anon;

-- The service role serves what the API itself must know: keys, the outbox, freshness, health.
grant usage on schema raw, live, ops to service_role;
grant select on all tables in schema raw, live, ops to service_role;
grant select on all sequences in schema raw to service_role;
alter default privileges in schema raw, live, ops grant select on tables to service_role;
grant update (last_used_at) on ops.api_keys to service_role;
