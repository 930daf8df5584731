-- The database of your scripts, where they may do as they like. It belongs to the supervisor's role, so
-- that no script can drop it, close it, or set something for all that log in.
CREATE DATABASE scripts OWNER gitcron;

\connect scripts
REVOKE ALL ON DATABASE scripts FROM PUBLIC;
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE scripts TO scripts;
ALTER SCHEMA public OWNER TO scripts;
