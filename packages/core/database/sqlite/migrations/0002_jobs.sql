CREATE TABLE `job_items` (
	`job_id` text NOT NULL,
	`place` integer NOT NULL,
	`source` text NOT NULL,
	`state` text NOT NULL,
	`results` text NOT NULL,
	`problem` text,
	PRIMARY KEY(`job_id`, `place`)
);
--> statement-breakpoint
CREATE INDEX `job_items_by_state` ON `job_items` (`job_id`,`state`,`place`);--> statement-breakpoint
CREATE TABLE `job_tasks` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`payload` text NOT NULL,
	`priority` integer NOT NULL,
	`attempt` integer NOT NULL,
	`is_held` integer NOT NULL,
	`available_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `job_tasks_by_turn` ON `job_tasks` (`priority`,`available_at`);--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`state` text NOT NULL,
	`sources` text NOT NULL,
	`listed` text,
	`outputs` text NOT NULL,
	`deliver` text NOT NULL,
	`priority` text NOT NULL,
	`webhook` text,
	`attributes` text NOT NULL,
	`total` integer,
	`done` integer NOT NULL,
	`failed` integer NOT NULL,
	`problem` text,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`finished_at` integer,
	`expires_at` integer,
	`lifetime` integer NOT NULL,
	`run` integer NOT NULL,
	`notified_run` integer NOT NULL,
	`is_expanded` integer NOT NULL,
	`expanded_to` integer NOT NULL,
	`cursor` text
);
--> statement-breakpoint
CREATE INDEX `jobs_by_created_at` ON `jobs` (`owner`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_state` ON `jobs` (`owner`,`state`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_expires_at` ON `jobs` (`expires_at`) WHERE expires_at is not null;