DROP TABLE idempotency_keys, jobs, receptions, fax_events, attempts, queue_items, faxes, renditions, documents, dids, api_tokens, memberships, users, tenants;
