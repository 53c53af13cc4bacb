-- Who holds what across tenants, when a role was last named in a token, and what tenants are called in addresses.

CREATE TABLE uses ( -- of an assignment given at that moment or before; one given later has none yet
    tenant TEXT NOT NULL,
    person TEXT NOT NULL,
    role   TEXT NOT NULL,
    at     INTEGER NOT NULL, -- of the last token
    PRIMARY KEY (tenant, person, role),
    FOREIGN KEY (tenant, person) REFERENCES memberships (tenant, person) ON DELETE CASCADE
);
CREATE INDEX role_permissions_by_permission ON role_permissions (tenant, permission, role);
ALTER TABLE tenants ADD COLUMN slug TEXT; -- none: the id
CREATE UNIQUE INDEX tenants_by_slug ON tenants (slug);
