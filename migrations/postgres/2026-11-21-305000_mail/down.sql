DROP TABLE mail_intake_faxes;
DROP TABLE mail_intake;
DROP TABLE mail_outbox;
DROP TABLE mail_wishes;
DROP TABLE mail_domains;
DROP TABLE mail_senders;
DROP TABLE mail_settings;
