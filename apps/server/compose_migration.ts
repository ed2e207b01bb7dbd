import { join } from "node:path";
import { type BlobStore, ProgImageError, Spool } from "@progimage/core";
import { FsBlobStore, S3BlobStore } from "@progimage/core/adapters";
import { checkBucket, openBucket } from "./compose_bucket.ts";
import { type Config, ConfigError } from "./config.ts";

/** The kinds of stores between which blobs can be copied. */
export const STORES = ["s3", "fs"] as const;
export type StoreKind = (typeof STORES)[number];

/** Two stores of blobs, and where bytes wait on their way to files. */
export interface MigrationComposition {
  readonly source: BlobStore;
  readonly target: BlobStore;
  readonly spool: Spool;
}

/**
 * Opens the folder and the bucket that a configuration names: one to copy from, one to copy to.
 *
 * @throws {ConfigError} unless S3 is configured, and can be used
 */
export async function composeMigration(config: Config, to: StoreKind): Promise<MigrationComposition> {
  const bucket = openBucket(config);
  if (!bucket) {
    throw new ConfigError(
      "Cannot copy between the folder and S3 as both must be configured: PROGIMAGE_S3_ENDPOINT and its companions are not set",
    );
  }
  const outage = await checkBucket(config);
  if (outage) throw new ProgImageError("unavailable", `Cannot copy images: ${outage}`);
  const spool = new Spool(join(config.fsDir, "incoming"), { capacity: config.maxIncomingBytes });
  await spool.prepare();
  const folder = new FsBlobStore(join(config.fsDir, "blobs"));
  const objects = new S3BlobStore(bucket, { prefix: config.s3Prefix });
  return to === "s3"
    ? { source: folder, target: objects, spool }
    : { source: objects, target: folder, spool };
}
