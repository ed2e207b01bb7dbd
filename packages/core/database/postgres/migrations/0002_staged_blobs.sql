CREATE TABLE "staged_blobs" (
	"key" text collate "C" PRIMARY KEY NOT NULL,
	"job_id" text collate "C" NOT NULL
);
--> statement-breakpoint
CREATE INDEX "staged_blobs_by_job" ON "staged_blobs" USING btree ("job_id");