ALTER TABLE `jobs` ADD `waiting` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `jobs_waiting` ON `jobs` (`owner`,`waiting`) WHERE finished_at is null;--> statement-breakpoint
UPDATE `jobs` SET `waiting` = max(0, max(coalesce(`total`, 0), `expanded_to`, coalesce(json_array_length(`listed`), 0)) - `done` - `failed`) WHERE `finished_at` IS NULL;