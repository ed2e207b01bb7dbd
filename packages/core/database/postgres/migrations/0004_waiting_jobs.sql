ALTER TABLE "jobs" ADD COLUMN "waiting" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "jobs_waiting" ON "jobs" USING btree ("owner","waiting") WHERE finished_at is null;--> statement-breakpoint
UPDATE "jobs" SET "waiting" = greatest(0, greatest(coalesce("total", 0), "expanded_to", coalesce(json_array_length("listed"::json), 0)) - "done" - "failed") WHERE "finished_at" IS NULL;