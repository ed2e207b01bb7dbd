DROP INDEX `job_tasks_by_turn`;--> statement-breakpoint
ALTER TABLE `job_tasks` ADD `line` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `job_tasks` ADD `turn` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `job_tasks` ADD `is_ready` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `job_tasks_ready` ON `job_tasks` (`priority`,`turn`) WHERE is_ready = 1;--> statement-breakpoint
CREATE INDEX `job_tasks_held` ON `job_tasks` (`priority`,`turn`) WHERE is_held = 1;--> statement-breakpoint
CREATE INDEX `job_tasks_due` ON `job_tasks` (`available_at`) WHERE is_ready = 0;--> statement-breakpoint
CREATE INDEX `job_tasks_by_line` ON `job_tasks` (`priority`,`line`,`turn`);--> statement-breakpoint
UPDATE `job_tasks` SET `line` = coalesce(json_extract(`payload`, '$.job'), '');