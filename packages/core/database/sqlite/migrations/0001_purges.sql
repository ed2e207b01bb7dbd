CREATE TABLE `purges` (
	`owner` text PRIMARY KEY NOT NULL,
	`purged_at` integer NOT NULL,
	`latest_at` integer NOT NULL
);
