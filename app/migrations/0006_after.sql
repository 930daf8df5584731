-- The run that this one follows. No reference: retention may take it first.
ALTER TABLE gitcron.runs ADD COLUMN after_run uuid;
