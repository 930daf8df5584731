-- What happened to a revision, and what happened of one kind, without a look at every event.
CREATE INDEX events_by_revision ON gitcron.events (revision, type, at DESC) WHERE revision IS NOT NULL;
CREATE INDEX events_by_type ON gitcron.events (type, at DESC, segment DESC, position DESC);
