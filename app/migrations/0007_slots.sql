-- What is needed to say of each slot what became of it. That it ran on time is the rule and stands in
-- runs; here stand the schedules, the times in which somebody looked after them, and the exceptions.

-- The schedule of a job while it was in force: its slots are those in (since, until].
CREATE TABLE gitcron.timings (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner      uuid NOT NULL,
  job        text NOT NULL,
  since      timestamptz NOT NULL,
  until      timestamptz,
  schedule   text NOT NULL,
  zone       text,
  jitter_ms  bigint NOT NULL,
  -- Who took it off the schedule; null: it is on it.
  held       text CHECK (held IN ('crontab', 'switch')),
  catch_up   text NOT NULL CHECK (catch_up IN ('none', 'last', 'all')),
  window_ms  bigint,
  -- Of the crontab that ended it.
  ended_by   text
);
CREATE INDEX timings_in_force ON gitcron.timings (owner, job) WHERE until IS NULL;
CREATE INDEX timings_by_time ON gitcron.timings (since);

-- Times in which a supervisor looked after slots: (since, until]. Between them nothing could start.
CREATE TABLE gitcron.watched (
  owner  uuid NOT NULL,
  since  timestamptz NOT NULL,
  until  timestamptz NOT NULL,
  PRIMARY KEY (owner, since)
);

-- The slots of a job in (after, until] that have no run never will.
CREATE TABLE gitcron.given_up (
  owner  uuid NOT NULL,
  job    text NOT NULL,
  after  timestamptz NOT NULL,
  until  timestamptz NOT NULL,
  cause  text NOT NULL CHECK (cause IN ('stalled', 'clock')),
  PRIMARY KEY (owner, job, after, until)
);

-- Up to here runs of a job were cleaned up.
CREATE TABLE gitcron.forgotten_slots (
  job    text PRIMARY KEY,
  until  timestamptz NOT NULL
);

CREATE INDEX runs_by_slot ON gitcron.runs (job, scheduled_at) WHERE scheduled_at IS NOT NULL;
