-- A role may be held from some moment on, and until another. Nothing sweeps what is over: whoever asks, asks of now.
-- A person who was invited has no subject until they sign in.

ALTER TABLE assignments ADD COLUMN starts_at INTEGER;
ALTER TABLE assignments ADD COLUMN ends_at INTEGER CHECK (ends_at > starts_at);
ALTER TABLE people ALTER COLUMN subject DROP NOT NULL;
