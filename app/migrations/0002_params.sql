-- What a run was started with, as JSON: whoever runs it again needs the same.
ALTER TABLE gitcron.runs ADD COLUMN params text;
