import { describe, expect, test } from "bun:test";
import { S3BlobStore } from "../blob/s3_blob_store.ts";
import { Bucket } from "../s3/bucket.ts";
import { startFaultProxy } from "../s3/testing_fault_proxy.ts";
import { sharedS3 } from "../s3/testing_s3.ts";
import { CLAIM_NAME, MARK_NAME } from "./mark_text.ts";
import { S3StoreMark } from "./s3_store_mark.ts";
import { storeMarkContract } from "./store_mark_contract.ts";

const s3 = await sharedS3();
const NAMES = { mark: MARK_NAME, claim: CLAIM_NAME };

describe.skipIf(s3 === null)("on S3", async () => {
  if (!s3) return;
  const address = await s3.freshBucket();
  const bucket = new Bucket(address);

  storeMarkContract("S3StoreMark", () => {
    const prefix = `${crypto.randomUUID()}/`;
    return {
      mark: new S3StoreMark(bucket, { prefix }),
      blobs: new S3BlobStore(bucket, { prefix }),
      again: new S3StoreMark(bucket, { prefix }),
      spoil: (what, text) => bucket.putText(`${prefix}blobs/${NAMES[what]}`, text),
      [Symbol.asyncDispose]: async () => {},
    };
  });

  test("S3StoreMark.read() rejects where S3 does not answer: that is not none", async () => {
    await using proxy = await startFaultProxy(address.endpoint);
    const mark = new S3StoreMark(new Bucket({ ...address, endpoint: proxy.url }));
    expect(await mark.read()).toBeNull();
    for (const status of [500, 403, 404]) {
      proxy.spoil({ kind: "status", status });
      await expect(mark.read()).rejects.toMatchObject({ code: "unavailable" });
      await expect(mark.readClaim()).rejects.toMatchObject({ code: "unavailable" });
    }
  }, 60_000);
});
