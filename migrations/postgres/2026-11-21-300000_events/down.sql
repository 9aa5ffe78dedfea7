DROP TABLE event_tickets;
DROP TABLE event_followers;
ALTER TABLE tenants DROP COLUMN followers_begin;
DELETE FROM fax_events WHERE fax_id IS NULL OR text = '';
ALTER TABLE fax_events DROP COLUMN data;
ALTER TABLE fax_events ALTER COLUMN fax_id SET NOT NULL;
