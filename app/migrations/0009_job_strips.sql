-- The last runs of thousands of jobs are read at once: all that is told of them stands in the index.
DROP INDEX gitcron.runs_by_job;
CREATE INDEX runs_by_job ON gitcron.runs (job, queued_at DESC, run_id DESC)
  INCLUDE (status, duration_ms);
