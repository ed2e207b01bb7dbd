import { join } from "node:path";
import { ProgImageError, Spool } from "@progimage/core";
import { checkBucket, openBucket } from "./compose_bucket.ts";
import { type BareStorage, openFolder, openObjects } from "./compose_storage.ts";
import { type Config, ConfigError } from "../settings/config.ts";

/** The kinds of stores between which blobs can be copied. */
export const STORES = ["s3", "fs"] as const;
export type StoreKind = (typeof STORES)[number];

/** Two stores, and a spool for bytes on their way to files. */
export interface MigrationComposition {
  readonly source: BareStorage;
  readonly target: BareStorage;
  readonly spool: Spool;
}

/**
 * Opens the folder and the bucket of a configuration: one as source, one as target.
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
  const folder = openFolder(config.fsDir);
  const objects = openObjects(config, bucket);
  return to === "s3"
    ? { source: folder, target: objects, spool }
    : { source: objects, target: folder, spool };
}
