import type { BucketAddress } from "@progimage/core/adapters";

/** Returns the settings of a server that stores its images in a bucket. */
export function bucketSettings(address: BucketAddress): Readonly<Record<string, string>> {
  return {
    PROGIMAGE_S3_ENDPOINT: address.endpoint,
    PROGIMAGE_S3_BUCKET: address.bucket,
    PROGIMAGE_S3_ACCESS_KEY_ID: address.accessKeyId,
    PROGIMAGE_S3_SECRET_ACCESS_KEY: address.secretAccessKey,
  };
}
