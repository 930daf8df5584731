-- Gives your scripts a database of their own, `scripts`, with all that they kept in `gitcron` beside the
-- history. For volumes that were made before there were two; new ones have both. Nobody may be
-- connected meanwhile, and the disk needs room for a second `gitcron`, for a moment:
--
--   docker compose stop app
--   docker compose exec db psql -U postgres -d postgres -v ON_ERROR_STOP=1 \
--     -f /docker-entrypoint-initdb.d/by-hand/move-scripts.sql
--   docker compose up --detach
--
-- Cut short or failed, it has changed nothing, and can be run again.
DROP DATABASE IF EXISTS scripts_unfinished;
CREATE DATABASE scripts_unfinished OWNER gitcron TEMPLATE gitcron;

\connect scripts_unfinished
DROP SCHEMA gitcron CASCADE;
ALTER SCHEMA public OWNER TO scripts;

\connect gitcron
BEGIN;
-- Here, where the scripts do not belong any more. Takes their rights on databases, too.
DROP OWNED BY scripts;
ALTER DATABASE scripts_unfinished RENAME TO scripts;
REVOKE ALL ON DATABASE scripts FROM PUBLIC;
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE scripts TO scripts;
-- As in 10-roles.sql.
ALTER ROLE gitcron CREATEROLE;
GRANT scripts TO gitcron WITH ADMIN OPTION;
COMMIT;
