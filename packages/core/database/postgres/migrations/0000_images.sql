CREATE TABLE "blobs" (
	"digest" text collate "C" PRIMARY KEY NOT NULL,
	"key" text collate "C" NOT NULL,
	"idle_since" bigint,
	"condemned_at" bigint
);
--> statement-breakpoint
CREATE TABLE "image_tags" (
	"owner" text collate "C" NOT NULL,
	"tag" text collate "C" NOT NULL,
	"created_at" bigint NOT NULL,
	"image_id" text collate "C" NOT NULL,
	CONSTRAINT "image_tags_owner_tag_created_at_image_id_pk" PRIMARY KEY("owner","tag","created_at","image_id")
);
--> statement-breakpoint
CREATE TABLE "images" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"owner" text collate "C" NOT NULL,
	"name" text collate "C" NOT NULL,
	"format" text collate "C" NOT NULL,
	"bytes" bigint NOT NULL,
	"width" integer NOT NULL,
	"height" integer NOT NULL,
	"pages" integer NOT NULL,
	"has_alpha" boolean NOT NULL,
	"orientation" integer NOT NULL,
	"color_space" text NOT NULL,
	"has_profile" boolean NOT NULL,
	"depth" text NOT NULL,
	"sha256" text collate "C" NOT NULL,
	"dominant_color" text NOT NULL,
	"placeholder" text NOT NULL,
	"tags" text NOT NULL,
	"metadata" text NOT NULL,
	"focal_x" double precision,
	"focal_y" double precision,
	"revision" integer NOT NULL,
	"generation" bigint NOT NULL,
	"idempotency_key" text collate "C",
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL,
	"expires_at" bigint
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"name" text collate "C" PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "purges" (
	"owner" text collate "C" PRIMARY KEY NOT NULL,
	"purged_at" bigint NOT NULL,
	"latest_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "blobs_by_key" ON "blobs" USING btree ("key");--> statement-breakpoint
CREATE INDEX "blobs_by_idle_since" ON "blobs" USING btree ("idle_since") WHERE idle_since is not null;--> statement-breakpoint
CREATE INDEX "blobs_by_condemned_at" ON "blobs" USING btree ("condemned_at") WHERE condemned_at is not null;--> statement-breakpoint
CREATE INDEX "image_tags_by_image" ON "image_tags" USING btree ("image_id");--> statement-breakpoint
CREATE INDEX "images_by_created_at" ON "images" USING btree ("owner","created_at","id");--> statement-breakpoint
CREATE INDEX "images_by_name" ON "images" USING btree ("owner","name","id");--> statement-breakpoint
CREATE INDEX "images_by_bytes" ON "images" USING btree ("owner","bytes","id");--> statement-breakpoint
CREATE INDEX "images_by_format" ON "images" USING btree ("owner","format","created_at","id");--> statement-breakpoint
CREATE INDEX "images_by_sha256" ON "images" USING btree ("sha256","owner","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "images_by_idempotency_key" ON "images" USING btree ("owner","idempotency_key") WHERE idempotency_key is not null;--> statement-breakpoint
CREATE INDEX "images_by_expires_at" ON "images" USING btree ("expires_at") WHERE expires_at is not null;