-- Runs are in the order in which they were queued; their ids were made a little before, by a clock
-- that may have been wrong. The id decides between those of one instant.
CREATE INDEX runs_by_time ON gitcron.runs (queued_at DESC, run_id DESC);

DROP INDEX gitcron.runs_by_job;
DROP INDEX gitcron.runs_by_status;
DROP INDEX gitcron.runs_by_trigger;
DROP INDEX gitcron.runs_by_revision;
DROP INDEX gitcron.runs_by_job_and_status;
CREATE INDEX runs_by_job ON gitcron.runs (job, queued_at DESC, run_id DESC);
CREATE INDEX runs_by_status ON gitcron.runs (status, queued_at DESC, run_id DESC);
CREATE INDEX runs_by_trigger ON gitcron.runs (trigger, queued_at DESC, run_id DESC);
CREATE INDEX runs_by_revision ON gitcron.runs (revision, queued_at DESC, run_id DESC);
CREATE INDEX runs_by_job_and_status ON gitcron.runs (job, status, queued_at DESC, run_id DESC);

-- Whether secrets were taken out of the parameters; null: a version from before does not say.
ALTER TABLE gitcron.runs ADD COLUMN params_masked boolean;
