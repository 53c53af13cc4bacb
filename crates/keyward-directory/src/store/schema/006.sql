-- Roles are edited. A role's version counts for everybody who holds it, so that its edit needs no row of theirs.

ALTER TABLE roles ADD COLUMN version INTEGER NOT NULL DEFAULT 1; -- 1 as founded, else 1 + the number of the last audit entry that edited the role
ALTER TABLE roles ADD COLUMN template TEXT; -- the id of the template that it came from
UPDATE roles SET template = id; -- so far there was no other way
ALTER TABLE audit ADD COLUMN roles TEXT; -- JSON: what an entry did to roles; none where nothing
ALTER TABLE plans ADD COLUMN roles TEXT NOT NULL DEFAULT '[]'; -- JSON: versions of every role that the plan names, as it saw them
