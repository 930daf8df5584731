-- What releases planned: their jobs, packages and changes, each kept once however many say the same.
CREATE TABLE gitcron.contents (
  hash     text COLLATE "C" PRIMARY KEY,
  -- JSON; as text, because paths and messages may hold what jsonb refuses.
  body     text NOT NULL,
  used_at  timestamptz NOT NULL
);

ALTER TABLE gitcron.releases
  ADD COLUMN jobs_hash      text COLLATE "C" REFERENCES gitcron.contents,
  ADD COLUMN packages_hash  text COLLATE "C" REFERENCES gitcron.contents,
  ADD COLUMN changes_hash   text COLLATE "C" REFERENCES gitcron.contents,
  -- The first time it became current; activated_at is the last, and a restart is neither.
  ADD COLUMN first_activated_at timestamptz;
UPDATE gitcron.releases SET first_activated_at = activated_at;

-- Which release each supervisor runs: several may run different ones of one repository.
CREATE TABLE gitcron.active_releases (
  owner     uuid PRIMARY KEY,
  revision  text COLLATE "C" NOT NULL,
  since     timestamptz NOT NULL
);
