-- Plans are forgotten tenant by tenant, so that two tenants' writers never want the same rows.

DROP INDEX plans_by_expiry;
CREATE INDEX plans_by_expiry ON plans (tenant, expires_at);
