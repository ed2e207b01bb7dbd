import { describe } from "bun:test";
import { objectStoreContract } from "../object/object_store_contract.ts";
import { Bucket } from "./bucket.ts";
import { sharedS3 } from "./testing_s3.ts";

const s3 = await sharedS3();

describe.skipIf(s3 === null)("on S3", () => {
  if (s3) objectStoreContract("Bucket", async () => new Bucket(await s3.freshBucket()));
});
