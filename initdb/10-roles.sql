-- Runs once, on an empty database volume, in the database `gitcron`.

-- The supervisor's role: owns the schema in which Gitcron keeps its history.
\getenv supervisor_password POSTGRES_PASSWORD
CREATE ROLE gitcron LOGIN CREATEROLE PASSWORD :'supervisor_password';

-- The role of your scripts: it gets into the database `scripts` and into no other. It can't take the
-- connections that the supervisor needs (postgresql.conf: max_connections).
\getenv scripts_password SCRIPTS_DB_PASSWORD
CREATE ROLE scripts LOGIN PASSWORD :'scripts_password' CONNECTION LIMIT 40;

-- A role can change its own password, and lock every other job out with it. So the supervisor may
-- give it back, and end a session that stops all others; over the superuser it has no power.
GRANT scripts TO gitcron WITH ADMIN OPTION;

-- Nobody may anything that is not granted here.
REVOKE ALL ON DATABASE gitcron, postgres, template1 FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

GRANT CONNECT, CREATE, TEMPORARY ON DATABASE gitcron TO gitcron;

CREATE SCHEMA gitcron AUTHORIZATION gitcron;
