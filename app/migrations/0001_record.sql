-- The record: what ran, when, from which commit, how it ended and what it wrote.
-- The schema itself is made before the migrations; nobody but its owner has any right in it.

-- A supervisor is known by its state volume (owner); every start of it is an instance.
CREATE TABLE gitcron.supervisors (
  owner       uuid PRIMARY KEY,
  instance    uuid NOT NULL,
  host        text NOT NULL,
  started_at  timestamptz NOT NULL,
  seen_at     timestamptz NOT NULL
);

-- How far each journal file has been shipped. Written in the transaction that stores what was
-- shipped, so a batch counts once however often it is sent.
CREATE TABLE gitcron.journal_positions (
  segment     uuid PRIMARY KEY,
  position    bigint NOT NULL DEFAULT 0,
  updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE gitcron.releases (
  revision         text COLLATE "C" PRIMARY KEY,
  subject          text NOT NULL DEFAULT '',
  author           text NOT NULL DEFAULT '',
  dependency_hash  text,
  status           text NOT NULL CHECK (status IN ('noticed', 'active', 'inactive', 'rejected')),
  noticed_at       timestamptz NOT NULL,
  activated_at     timestamptz,
  rejected_at      timestamptz,
  rejected_code    text,
  rejected_reason  text
);
CREATE INDEX releases_by_time ON gitcron.releases (noticed_at DESC, revision DESC);

-- Syncs, installs, activations, rejections, replaced schedules and what the record itself lost.
CREATE TABLE gitcron.events (
  segment   uuid NOT NULL,
  position  bigint NOT NULL,
  at        timestamptz NOT NULL,
  type      text NOT NULL,
  revision  text,
  detail    jsonb NOT NULL,
  PRIMARY KEY (segment, position)
);
CREATE INDEX events_by_time ON gitcron.events (at DESC);

CREATE TABLE gitcron.jobs (
  slug         text PRIMARY KEY,
  description  text NOT NULL DEFAULT '',
  command      text NOT NULL,
  schedule     text,
  zone         text,
  disabled     boolean NOT NULL DEFAULT false,
  line         integer,
  seen_at      timestamptz NOT NULL,
  -- When a crontab without it came into force.
  removed_at   timestamptz
);

-- run_id is a UUID of version 7: it sorts by time, so it is the key of every page of history.
CREATE TABLE gitcron.runs (
  run_id           uuid PRIMARY KEY,
  job              text NOT NULL,
  command          text NOT NULL,
  trigger          text NOT NULL,
  requested_by     text,
  status           text NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed',
                     'timed_out', 'canceled', 'skipped', 'lost')),
  scheduled_at     timestamptz,
  queued_at        timestamptz NOT NULL,
  started_at       timestamptz,
  finished_at      timestamptz,
  duration_ms      bigint,
  attempt          integer NOT NULL DEFAULT 0,
  exit_code        integer,
  signal           text,
  reason           text,
  result           text,
  -- Compared byte by byte, so that the beginning of a hash is a range of the index.
  revision         text COLLATE "C",
  dependency_hash  text,
  host             text NOT NULL,
  owner            uuid NOT NULL,
  instance         uuid NOT NULL,
  -- What is kept of the output; what is not, and why not.
  output_bytes          bigint NOT NULL DEFAULT 0,
  output_omitted_bytes  bigint NOT NULL DEFAULT 0,
  output_omitted_why    text CHECK (output_omitted_why IN ('run_limit', 'journal_full', 'retention'))
);
CREATE INDEX runs_by_job ON gitcron.runs (job, run_id DESC);
CREATE INDEX runs_by_status ON gitcron.runs (status, run_id DESC);
CREATE INDEX runs_by_trigger ON gitcron.runs (trigger, run_id DESC);
CREATE INDEX runs_by_revision ON gitcron.runs (revision, run_id DESC);
CREATE INDEX runs_by_job_and_status ON gitcron.runs (job, status, run_id DESC);
CREATE INDEX runs_open ON gitcron.runs (owner) WHERE status IN ('queued', 'running');

CREATE TABLE gitcron.attempts (
  run_id       uuid NOT NULL REFERENCES gitcron.runs ON DELETE CASCADE,
  attempt      integer NOT NULL,
  pid          integer,
  status       text NOT NULL,
  started_at   timestamptz,
  finished_at  timestamptz,
  duration_ms  bigint,
  exit_code    integer,
  signal       text,
  reason       text,
  PRIMARY KEY (run_id, attempt)
);

-- Bytes as the script wrote them; sequence counts over both streams and has gaps where bytes
-- were left out.
CREATE TABLE gitcron.output (
  run_id    uuid NOT NULL REFERENCES gitcron.runs ON DELETE CASCADE,
  sequence  integer NOT NULL,
  attempt   integer NOT NULL,
  stream    text NOT NULL CHECK (stream IN ('stdout', 'stderr')),
  at        timestamptz NOT NULL,
  bytes     bytea NOT NULL,
  PRIMARY KEY (run_id, sequence)
);
-- lz4 is several times faster than the default; a server built without it keeps the default.
DO $$
BEGIN
  ALTER TABLE gitcron.output ALTER COLUMN bytes SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END
$$;
