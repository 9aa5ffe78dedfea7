DROP TABLE file_keys;
DROP TABLE tenant_keys;
