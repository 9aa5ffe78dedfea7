-- Since when nothing goes out for the tenant and its people are not let in; NULL: all is as usual.
ALTER TABLE tenants ADD COLUMN suspended_at TEXT;
-- Why, for its people.
ALTER TABLE tenants ADD COLUMN suspended_because TEXT;
-- Whether somebody who knows has said that it is the tenant's: an operator, or the carrier's account. A claim alone says so of nothing.
ALTER TABLE dids ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 1;
