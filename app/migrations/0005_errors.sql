-- The end of what a run wrote that did not succeed: without it a search for "connection refused"
-- finds nothing where a script said so and ended with exit code 3.
ALTER TABLE gitcron.runs ADD COLUMN error text;
