CREATE TABLE "keys" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"owner" text collate "C" NOT NULL,
	"secret_hash" text NOT NULL,
	"scopes" text NOT NULL,
	"label" text,
	"created_at" bigint NOT NULL,
	"expires_at" bigint,
	"revoked_at" bigint,
	"last_used_at" bigint
);
--> statement-breakpoint
CREATE TABLE "tenant_hosts" (
	"host" text collate "C" PRIMARY KEY NOT NULL,
	"tenant" text collate "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tenants" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"delivery" text,
	"limits" text NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "usage" (
	"owner" text collate "C" PRIMARY KEY NOT NULL,
	"images" bigint NOT NULL,
	"bytes" bigint NOT NULL,
	"max_images" bigint,
	"max_bytes" bigint
);
--> statement-breakpoint
CREATE TABLE "used_tokens" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"used_until" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "blobs" ADD COLUMN "owner" text collate "C" DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "blobs" DROP CONSTRAINT "blobs_pkey";--> statement-breakpoint
ALTER TABLE "blobs" ADD CONSTRAINT "blobs_digest_owner_pk" PRIMARY KEY("digest","owner");--> statement-breakpoint
ALTER TABLE "removals" ADD COLUMN "owner" text collate "C" DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX "keys_by_created_at" ON "keys" USING btree ("owner","created_at","id");--> statement-breakpoint
CREATE INDEX "tenant_hosts_by_tenant" ON "tenant_hosts" USING btree ("tenant");--> statement-breakpoint
CREATE INDEX "used_tokens_by_used_until" ON "used_tokens" USING btree ("used_until");