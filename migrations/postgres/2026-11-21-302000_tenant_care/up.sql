-- Since when nothing goes out for the tenant and its people are not let in; NULL: all is as usual.
ALTER TABLE tenants ADD COLUMN suspended_at TIMESTAMPTZ;
-- Why, for its people.
ALTER TABLE tenants ADD COLUMN suspended_because TEXT;
