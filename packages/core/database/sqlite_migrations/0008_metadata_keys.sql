CREATE TABLE `metadata_keys` (
	`key` text PRIMARY KEY NOT NULL
);
