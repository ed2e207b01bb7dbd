import { describe, expect, test } from "bun:test";
import { ObjectBlobStore } from "../blob/object_blob_store.ts";
import { MemoryObjectStore } from "../object/memory_object_store.ts";
import type { ObjectStore } from "../object/object_store.ts";
import { Bucket } from "../s3/bucket.ts";
import { startFaultProxy } from "../s3/testing_fault_proxy.ts";
import { sharedS3 } from "../s3/testing_s3.ts";
import { CLAIM_NAME, MARK_NAME } from "./mark_text.ts";
import { ObjectStoreMark } from "./object_store_mark.ts";
import { storeMarkContract } from "./store_mark_contract.ts";

const s3 = await sharedS3();
const NAMES = { mark: MARK_NAME, claim: CLAIM_NAME };

/** Marks of one store below a prefix of their own. */
function marks(objects: ObjectStore) {
  const prefix = `${crypto.randomUUID()}/`;
  return {
    mark: new ObjectStoreMark(objects, { prefix }),
    blobs: new ObjectBlobStore(objects, { prefix }),
    again: new ObjectStoreMark(objects, { prefix }),
    spoil: (what: keyof typeof NAMES, text: string) => objects.putText(`${prefix}blobs/${NAMES[what]}`, text),
    [Symbol.asyncDispose]: async () => {},
  };
}

storeMarkContract("ObjectStoreMark in memory", () => marks(new MemoryObjectStore()));

describe.skipIf(s3 === null)("on S3", async () => {
  if (!s3) return;
  const address = await s3.freshBucket();
  const bucket = new Bucket(address);

  storeMarkContract("ObjectStoreMark", () => marks(bucket));

  test("ObjectStoreMark.read() rejects if S3 does not answer, instead of giving null", async () => {
    await using proxy = await startFaultProxy(address.endpoint);
    const mark = new ObjectStoreMark(new Bucket({ ...address, endpoint: proxy.url }));
    expect(await mark.read()).toBeNull();
    for (const status of [500, 403, 404]) {
      proxy.spoil({ kind: "status", status });
      await expect(mark.read()).rejects.toMatchObject({ code: "unavailable" });
      await expect(mark.readClaim()).rejects.toMatchObject({ code: "unavailable" });
    }
  }, 60_000);
});
