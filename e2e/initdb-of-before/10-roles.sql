-- As it was when scripts and history had one database: two-databases.test.ts makes a volume of it.

-- The supervisor's role: owns the schema in which Gitcron keeps its history.
\getenv supervisor_password POSTGRES_PASSWORD
CREATE ROLE gitcron LOGIN PASSWORD :'supervisor_password';

-- The role of your scripts: its own tables in the schema public, nothing of Gitcron's. It can't
-- take the connections that the supervisor needs (postgresql.conf: max_connections).
\getenv scripts_password SCRIPTS_DB_PASSWORD
CREATE ROLE scripts LOGIN PASSWORD :'scripts_password' CONNECTION LIMIT 40;

-- Nobody may anything that is not granted here.
REVOKE ALL ON DATABASE gitcron, postgres, template1 FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

GRANT CONNECT, CREATE, TEMPORARY ON DATABASE gitcron TO gitcron;
GRANT CONNECT, TEMPORARY ON DATABASE gitcron TO scripts;

CREATE SCHEMA gitcron AUTHORIZATION gitcron;
GRANT USAGE, CREATE ON SCHEMA public TO scripts;
