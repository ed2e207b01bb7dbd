CREATE TABLE `keys` (
	`id` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`secret_hash` text NOT NULL,
	`scopes` text NOT NULL,
	`label` text,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`last_used_at` integer
);
--> statement-breakpoint
CREATE INDEX `keys_by_created_at` ON `keys` (`owner`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `tenant_hosts` (
	`host` text PRIMARY KEY NOT NULL,
	`tenant` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `tenant_hosts_by_tenant` ON `tenant_hosts` (`tenant`);--> statement-breakpoint
CREATE TABLE `tenants` (
	`id` text PRIMARY KEY NOT NULL,
	`delivery` text,
	`limits` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `usage` (
	`owner` text PRIMARY KEY NOT NULL,
	`images` integer NOT NULL,
	`bytes` integer NOT NULL,
	`max_images` integer,
	`max_bytes` integer
);
--> statement-breakpoint
CREATE TABLE `used_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`used_until` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `used_tokens_by_used_until` ON `used_tokens` (`used_until`);--> statement-breakpoint
PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_blobs` (
	`digest` text NOT NULL,
	`key` text NOT NULL,
	`owner` text DEFAULT '' NOT NULL,
	`idle_since` integer,
	`condemned_at` integer,
	`damaged_at` integer,
	PRIMARY KEY(`digest`, `owner`)
);
--> statement-breakpoint
INSERT INTO `__new_blobs`("digest", "key", "idle_since", "condemned_at", "damaged_at") SELECT "digest", "key", "idle_since", "condemned_at", "damaged_at" FROM `blobs`;--> statement-breakpoint
DROP TABLE `blobs`;--> statement-breakpoint
ALTER TABLE `__new_blobs` RENAME TO `blobs`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE UNIQUE INDEX `blobs_by_key` ON `blobs` (`key`);--> statement-breakpoint
CREATE INDEX `blobs_by_idle_since` ON `blobs` (`idle_since`) WHERE idle_since is not null;--> statement-breakpoint
CREATE INDEX `blobs_by_condemned_at` ON `blobs` (`condemned_at`) WHERE condemned_at is not null;--> statement-breakpoint
CREATE INDEX `blobs_by_damaged_at` ON `blobs` (`damaged_at`) WHERE damaged_at is not null;--> statement-breakpoint
ALTER TABLE `removals` ADD `owner` text DEFAULT '' NOT NULL;