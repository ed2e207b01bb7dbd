CREATE TABLE "deleted_images" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"owner" text collate "C" NOT NULL,
	"sha256" text collate "C" NOT NULL,
	"image" text NOT NULL,
	"deleted_at" bigint NOT NULL,
	"expires_at" bigint
);
--> statement-breakpoint
CREATE TABLE "installations" (
	"name" text collate "C" PRIMARY KEY NOT NULL,
	"id" text collate "C" NOT NULL,
	"counter" bigint NOT NULL,
	"pause" text,
	"strays" integer NOT NULL,
	"scrubbed_to" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "removals" (
	"key" text collate "C" PRIMARY KEY NOT NULL,
	"digest" text collate "C" NOT NULL,
	"removed_at" bigint NOT NULL,
	"is_done" boolean NOT NULL
);
--> statement-breakpoint
ALTER TABLE "blobs" ADD COLUMN "damaged_at" bigint;--> statement-breakpoint
CREATE INDEX "deleted_images_by_owner" ON "deleted_images" USING btree ("owner","deleted_at","id");--> statement-breakpoint
CREATE INDEX "deleted_images_by_deleted_at" ON "deleted_images" USING btree ("deleted_at");--> statement-breakpoint
CREATE INDEX "deleted_images_by_sha256" ON "deleted_images" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "deleted_images_by_expires_at" ON "deleted_images" USING btree ("expires_at") WHERE expires_at is not null;--> statement-breakpoint
CREATE INDEX "removals_by_removed_at" ON "removals" USING btree ("removed_at","key");--> statement-breakpoint
CREATE INDEX "removals_by_digest" ON "removals" USING btree ("digest");--> statement-breakpoint
CREATE INDEX "removals_to_do" ON "removals" USING btree ("removed_at") WHERE is_done = false;--> statement-breakpoint
CREATE INDEX "blobs_by_damaged_at" ON "blobs" USING btree ("damaged_at") WHERE damaged_at is not null;