-- The role directory's first schema. Every row that belongs to a tenant begins with it.

CREATE TABLE tenants (
    id    TEXT PRIMARY KEY,
    name  TEXT NOT NULL,
    hue   INTEGER NOT NULL CHECK (hue BETWEEN 0 AND 359),
    class TEXT NOT NULL CHECK (class IN ('production', 'sandbox'))
);

CREATE TABLE people (
    id             TEXT PRIMARY KEY,
    issuer         TEXT NOT NULL,
    subject        TEXT NOT NULL,
    email          TEXT NOT NULL,
    email_folded   TEXT NOT NULL,
    name           TEXT NOT NULL,
    default_tenant TEXT REFERENCES tenants (id),
    UNIQUE (issuer, subject),
    UNIQUE (issuer, email_folded)
);

CREATE TABLE roles (
    tenant      TEXT NOT NULL REFERENCES tenants (id),
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    rank        INTEGER NOT NULL, -- 0 is the best
    PRIMARY KEY (tenant, id)
);

CREATE TABLE role_permissions (
    tenant     TEXT NOT NULL,
    role       TEXT NOT NULL,
    permission TEXT NOT NULL,
    PRIMARY KEY (tenant, role, permission),
    FOREIGN KEY (tenant, role) REFERENCES roles (tenant, id)
);

CREATE TABLE memberships (
    tenant      TEXT NOT NULL REFERENCES tenants (id),
    person      TEXT NOT NULL REFERENCES people (id),
    name_folded TEXT NOT NULL, -- what the people list is ordered by
    since       INTEGER NOT NULL,
    version     INTEGER NOT NULL, -- 1 as founded, else 1 + the number of the last audit entry that touched the person
    PRIMARY KEY (tenant, person)
);
CREATE UNIQUE INDEX memberships_by_name ON memberships (tenant, name_folded, person);
CREATE INDEX memberships_of_person ON memberships (person, tenant);

CREATE TABLE words ( -- of a member's name and e-mail, folded, for the search by prefix
    tenant TEXT NOT NULL,
    person TEXT NOT NULL,
    word   TEXT NOT NULL,
    PRIMARY KEY (tenant, person, word),
    FOREIGN KEY (tenant, person) REFERENCES memberships (tenant, person) ON DELETE CASCADE
);
CREATE INDEX words_by_prefix ON words (tenant, word, person);

CREATE TABLE assignments (
    tenant   TEXT NOT NULL,
    person   TEXT NOT NULL,
    role     TEXT NOT NULL,
    given_by TEXT REFERENCES people (id),
    given_at INTEGER NOT NULL,
    reason   TEXT,
    PRIMARY KEY (tenant, person, role),
    FOREIGN KEY (tenant, person) REFERENCES memberships (tenant, person) ON DELETE CASCADE,
    FOREIGN KEY (tenant, role) REFERENCES roles (tenant, id)
);
CREATE INDEX assignments_by_role ON assignments (tenant, role, person);

CREATE TABLE plans (
    id         TEXT PRIMARY KEY,
    tenant     TEXT NOT NULL REFERENCES tenants (id),
    actor      TEXT NOT NULL REFERENCES people (id),
    request    TEXT NOT NULL, -- JSON
    versions   TEXT NOT NULL, -- JSON: of everybody the plan touches, as it saw them
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    applied_at INTEGER
);
CREATE INDEX plans_by_expiry ON plans (expires_at);

CREATE TABLE audit (
    tenant  TEXT NOT NULL REFERENCES tenants (id),
    number  INTEGER NOT NULL, -- from 1, without gaps
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL REFERENCES people (id),
    plan    TEXT NOT NULL,
    changes TEXT NOT NULL, -- JSON
    reason  TEXT,
    PRIMARY KEY (tenant, number)
);

CREATE TABLE audit_people ( -- whom an entry touched
    tenant TEXT NOT NULL,
    person TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (tenant, person, number),
    FOREIGN KEY (tenant, number) REFERENCES audit (tenant, number)
);
