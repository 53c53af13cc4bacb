-- Each entry's hash, over the entry and the hash before it (docs/audit.md). A table of its own, because entries
-- that were there before it are not to be changed.

CREATE TABLE audit_chain (
    tenant TEXT NOT NULL,
    number INTEGER NOT NULL,
    hash   TEXT NOT NULL, -- SHA-256, in hexadecimal
    PRIMARY KEY (tenant, number),
    FOREIGN KEY (tenant, number) REFERENCES audit (tenant, number)
);
