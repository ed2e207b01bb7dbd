CREATE TABLE `metadata_keys` (
	`key` text PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE INDEX `images_by_updated_at` ON `images` (`owner`,`updated_at`,`id`);--> statement-breakpoint
UPDATE `jobs` SET `sources` = replace(`sources`, '"createdAfter":', '"createdFrom":') WHERE `sources` LIKE '%"createdAfter":%';
