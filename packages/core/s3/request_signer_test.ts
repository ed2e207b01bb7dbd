import { describe, expect, test } from "bun:test";
import { RequestSigner } from "./request_signer.ts";
import { sharedS3 } from "./testing_s3.ts";

const s3 = await sharedS3();

describe.skipIf(s3 === null)("RequestSigner", () => {
  if (!s3) return;

  test("signs in both ways for any key that files can have", async () => {
    const signer = new RequestSigner(await s3.freshBucket());
    for (const key of ["plain", "a b+c", "50%", "one/two", "what?#&=", "(ü)'*!~.png", "%2F"]) {
      const put = await fetch(await signer.object("PUT", key), { method: "PUT", body: key });
      expect({ key, status: put.status }).toEqual({ key, status: 200 });
      const got = await fetch(await signer.other("GET", key));
      expect({ status: got.status, text: await got.text() }).toEqual({ status: 200, text: key });
    }
  });
});
