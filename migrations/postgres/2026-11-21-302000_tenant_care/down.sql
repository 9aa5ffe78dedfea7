ALTER TABLE tenants DROP COLUMN suspended_because;
ALTER TABLE tenants DROP COLUMN suspended_at;
