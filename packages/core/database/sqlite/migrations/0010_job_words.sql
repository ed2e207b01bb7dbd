ALTER TABLE `jobs` RENAME COLUMN `state` TO `status`;--> statement-breakpoint
ALTER TABLE `jobs` RENAME COLUMN `done` TO `succeeded`;--> statement-breakpoint
ALTER TABLE `job_items` RENAME COLUMN `state` TO `status`;--> statement-breakpoint
DROP INDEX `jobs_by_state`;--> statement-breakpoint
CREATE INDEX `jobs_by_status` ON `jobs` (`owner`,`status`,`created_at`,`id`);--> statement-breakpoint
DROP INDEX `job_items_by_state`;--> statement-breakpoint
CREATE INDEX `job_items_by_status` ON `job_items` (`job_id`,`status`,`place`);--> statement-breakpoint
ALTER TABLE `jobs` ADD `label` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `metadata` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
UPDATE `jobs` SET `status` = CASE WHEN `failed` = 0 THEN 'succeeded' WHEN `succeeded` = 0 THEN 'failed' ELSE 'partially_failed' END WHERE `status` = 'done';--> statement-breakpoint
UPDATE `job_items` SET `status` = 'succeeded' WHERE `status` = 'done';--> statement-breakpoint
UPDATE `job_items` SET `results` = replace(`results`, '"image":', '"imageId":') WHERE `results` LIKE '%"image":%';--> statement-breakpoint
UPDATE `job_items` SET `results` = replace(`results`, '"file":', '"exchange":') WHERE `results` LIKE '%"file":%';--> statement-breakpoint
UPDATE `job_items` SET `source` = replace(`source`, '{"file":', '{"exchange":') WHERE `source` LIKE '{"file":%';--> statement-breakpoint
UPDATE `jobs` SET `sources` = replace(`sources`, '{"kind":"files"', '{"kind":"exchange"') WHERE `sources` LIKE '{"kind":"files"%';--> statement-breakpoint
UPDATE `jobs` SET `deliver` = '{"exchange":' || `deliver` || '}' WHERE `deliver` LIKE '{%';--> statement-breakpoint
ALTER TABLE `jobs` ADD `webhook_delivery` text;--> statement-breakpoint
UPDATE `jobs` SET `webhook_delivery` = '{"status":"delivered","attempts":1,"lastStatus":null,"lastAttemptAt":null}' WHERE `webhook` IS NOT NULL AND `notified_run` = `run`;--> statement-breakpoint
ALTER TABLE `jobs` DROP COLUMN `notified_run`;