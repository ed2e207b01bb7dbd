CREATE TABLE `deleted_images` (
	`id` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`sha256` text NOT NULL,
	`image` text NOT NULL,
	`deleted_at` integer NOT NULL,
	`expires_at` integer
);
--> statement-breakpoint
CREATE INDEX `deleted_images_by_owner` ON `deleted_images` (`owner`,`deleted_at`,`id`);--> statement-breakpoint
CREATE INDEX `deleted_images_by_deleted_at` ON `deleted_images` (`deleted_at`);--> statement-breakpoint
CREATE INDEX `deleted_images_by_sha256` ON `deleted_images` (`sha256`);--> statement-breakpoint
CREATE INDEX `deleted_images_by_expires_at` ON `deleted_images` (`expires_at`) WHERE expires_at is not null;--> statement-breakpoint
CREATE TABLE `installations` (
	`name` text PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`counter` integer NOT NULL,
	`pause` text,
	`strays` integer NOT NULL,
	`scrubbed_to` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `removals` (
	`key` text PRIMARY KEY NOT NULL,
	`digest` text NOT NULL,
	`removed_at` integer NOT NULL,
	`is_done` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `removals_by_removed_at` ON `removals` (`removed_at`,`key`);--> statement-breakpoint
CREATE INDEX `removals_by_digest` ON `removals` (`digest`);--> statement-breakpoint
CREATE INDEX `removals_to_do` ON `removals` (`removed_at`) WHERE is_done = 0;--> statement-breakpoint
ALTER TABLE `blobs` ADD `damaged_at` integer;--> statement-breakpoint
CREATE INDEX `blobs_by_damaged_at` ON `blobs` (`damaged_at`) WHERE damaged_at is not null;