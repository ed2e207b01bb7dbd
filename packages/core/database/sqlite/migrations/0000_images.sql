CREATE TABLE `blobs` (
	`digest` text PRIMARY KEY NOT NULL,
	`key` text NOT NULL,
	`idle_since` integer,
	`condemned_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `blobs_by_key` ON `blobs` (`key`);--> statement-breakpoint
CREATE INDEX `blobs_by_idle_since` ON `blobs` (`idle_since`) WHERE idle_since is not null;--> statement-breakpoint
CREATE INDEX `blobs_by_condemned_at` ON `blobs` (`condemned_at`) WHERE condemned_at is not null;--> statement-breakpoint
CREATE TABLE `image_tags` (
	`owner` text NOT NULL,
	`tag` text NOT NULL,
	`created_at` integer NOT NULL,
	`image_id` text NOT NULL,
	PRIMARY KEY(`owner`, `tag`, `created_at`, `image_id`)
);
--> statement-breakpoint
CREATE INDEX `image_tags_by_image` ON `image_tags` (`image_id`);--> statement-breakpoint
CREATE TABLE `images` (
	`id` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`name` text NOT NULL,
	`format` text NOT NULL,
	`bytes` integer NOT NULL,
	`width` integer NOT NULL,
	`height` integer NOT NULL,
	`pages` integer NOT NULL,
	`has_alpha` integer NOT NULL,
	`orientation` integer NOT NULL,
	`color_space` text NOT NULL,
	`has_profile` integer NOT NULL,
	`depth` text NOT NULL,
	`sha256` text NOT NULL,
	`dominant_color` text NOT NULL,
	`placeholder` text NOT NULL,
	`tags` text NOT NULL,
	`metadata` text NOT NULL,
	`focal_x` real,
	`focal_y` real,
	`revision` integer NOT NULL,
	`generation` integer NOT NULL,
	`idempotency_key` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`expires_at` integer
);
--> statement-breakpoint
CREATE INDEX `images_by_created_at` ON `images` (`owner`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `images_by_name` ON `images` (`owner`,`name`,`id`);--> statement-breakpoint
CREATE INDEX `images_by_bytes` ON `images` (`owner`,`bytes`,`id`);--> statement-breakpoint
CREATE INDEX `images_by_format` ON `images` (`owner`,`format`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `images_by_sha256` ON `images` (`sha256`,`owner`,`created_at`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `images_by_idempotency_key` ON `images` (`owner`,`idempotency_key`) WHERE idempotency_key is not null;--> statement-breakpoint
CREATE INDEX `images_by_expires_at` ON `images` (`expires_at`) WHERE expires_at is not null;--> statement-breakpoint
CREATE TABLE `leases` (
	`name` text PRIMARY KEY NOT NULL,
	`holder` text NOT NULL,
	`expires_at` integer NOT NULL
);
