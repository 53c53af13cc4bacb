-- What was answered to writes that came with a key of the asker's own, for a day.

CREATE TABLE answers (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    person TEXT NOT NULL REFERENCES people (id),
    key    TEXT NOT NULL,
    asked  TEXT NOT NULL, -- SHA-256 of the request
    answer TEXT NOT NULL, -- JSON
    at     INTEGER NOT NULL,
    PRIMARY KEY (tenant, person, key)
);
CREATE INDEX answers_by_age ON answers (tenant, at);
