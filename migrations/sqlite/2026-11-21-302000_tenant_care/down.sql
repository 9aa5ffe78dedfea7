ALTER TABLE dids DROP COLUMN confirmed;
ALTER TABLE tenants DROP COLUMN suspended_because;
ALTER TABLE tenants DROP COLUMN suspended_at;
