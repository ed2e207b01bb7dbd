CREATE TABLE `staged_blobs` (
	`key` text PRIMARY KEY NOT NULL,
	`job_id` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `staged_blobs_by_job` ON `staged_blobs` (`job_id`);