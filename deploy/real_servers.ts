import { sharedPostgres, sharedS3 } from "@progimage/core/testing";

/** A PostgreSQL and an S3 service on this machine that nodes can share. They end with this process, and all their data is deleted. */
export interface RealServers {
  /** The settings of a node that uses them. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Starts an empty database and an empty bucket. If one of the programs is not installed, prints that and returns `null`. */
export async function startRealServers(): Promise<RealServers | null> {
  const [postgres, s3] = await Promise.all([sharedPostgres(), sharedS3()]);
  if (!postgres || !s3) return null;
  const [database, address] = await Promise.all([postgres.freshDatabase(), s3.freshBucket()]);
  return {
    settings: {
      PROGIMAGE_DATABASE_URL: database.url,
      PROGIMAGE_S3_ENDPOINT: address.endpoint,
      PROGIMAGE_S3_BUCKET: address.bucket,
      PROGIMAGE_S3_ACCESS_KEY_ID: address.accessKeyId,
      PROGIMAGE_S3_SECRET_ACCESS_KEY: address.secretAccessKey,
    },
  };
}
