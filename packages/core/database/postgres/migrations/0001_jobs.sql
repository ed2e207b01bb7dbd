CREATE TABLE "job_items" (
	"job_id" text collate "C" NOT NULL,
	"place" integer NOT NULL,
	"source" text NOT NULL,
	"state" text collate "C" NOT NULL,
	"results" text NOT NULL,
	"problem" text,
	CONSTRAINT "job_items_job_id_place_pk" PRIMARY KEY("job_id","place")
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"owner" text collate "C" NOT NULL,
	"state" text collate "C" NOT NULL,
	"sources" text NOT NULL,
	"listed" text,
	"outputs" text NOT NULL,
	"deliver" text NOT NULL,
	"priority" text NOT NULL,
	"webhook" text,
	"attributes" text NOT NULL,
	"total" integer,
	"done" integer NOT NULL,
	"failed" integer NOT NULL,
	"problem" text,
	"created_at" bigint NOT NULL,
	"started_at" bigint,
	"finished_at" bigint,
	"expires_at" bigint,
	"lifetime" bigint NOT NULL,
	"run" integer NOT NULL,
	"notified_run" integer NOT NULL,
	"is_expanded" boolean NOT NULL,
	"expanded_to" integer NOT NULL,
	"cursor" text
);
--> statement-breakpoint
CREATE INDEX "job_items_by_state" ON "job_items" USING btree ("job_id","state","place");--> statement-breakpoint
CREATE INDEX "jobs_by_created_at" ON "jobs" USING btree ("owner","created_at","id");--> statement-breakpoint
CREATE INDEX "jobs_by_state" ON "jobs" USING btree ("owner","state","created_at","id");--> statement-breakpoint
CREATE INDEX "jobs_by_expires_at" ON "jobs" USING btree ("expires_at") WHERE expires_at is not null;