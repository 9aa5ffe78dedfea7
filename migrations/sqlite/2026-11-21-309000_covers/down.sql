DROP TABLE fax_covers;
DROP TABLE cover_templates;
