DROP INDEX "deleted_images_by_sha256";--> statement-breakpoint
CREATE INDEX "deleted_images_by_sha256" ON "deleted_images" USING btree ("sha256","owner");