import { afterEach, describe, expect, test } from "bun:test";
import { standardCredentials } from "./credentials.ts";
import { RequestSigner } from "./request_signer.ts";
import { Bucket } from "./bucket.ts";
import { sharedS3 } from "./testing_s3.ts";

const PLACE = { endpoint: "http://127.0.0.1:9", bucket: "bucket", region: "eu-test-1" };
const s3 = await sharedS3();

test("RequestSigner signs with a session token, in both ways", async () => {
  const keys = { accessKeyId: "AKIA", secretAccessKey: "secret", sessionToken: "token/+=" };
  const signer = new RequestSigner({ ...PLACE, ...keys });
  for (const text of [await signer.object("GET", "key"), await signer.other("GET", "key")]) {
    const { searchParams } = new URL(text);
    expect(searchParams.get("X-Amz-Security-Token")).toBe("token/+=");
    expect(searchParams.get("X-Amz-Credential")).toStartWith("AKIA/");
  }
});

test("RequestSigner signs with the keys that a provider gives now", async () => {
  let keys = { accessKeyId: "first", secretAccessKey: "secret" };
  const signer = new RequestSigner({ ...PLACE, credentials: async () => keys });
  const signedBy = async () =>
    new URL(await signer.object("GET", "key")).searchParams.get("X-Amz-Credential")?.split("/")[0];
  expect([await signedBy(), await signedBy()]).toEqual(["first", "first"]);
  keys = { accessKeyId: "second", secretAccessKey: "secret" };
  expect(await signedBy()).toBe("second");
});

test("standardCredentials() says that there are no keys", async () => {
  const program = `
    const { standardCredentials } = await import(${JSON.stringify(new URL("credentials.ts", import.meta.url).href)});
    console.log(await standardCredentials().catch(({ name, code }) => name + " " + code));
  `;
  const env = { PATH: process.env["PATH"] ?? "", HOME: "/no/such/home", AWS_EC2_METADATA_DISABLED: "true" };
  const child = Bun.spawn([process.execPath, "-e", program], { env, stdout: "pipe", stderr: "inherit" });
  expect((await new Response(child.stdout).text()).trim()).toBe("BucketOutage NoKeys");
});

describe.skipIf(s3 === null)("standardCredentials()", () => {
  const NAMES = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  afterEach(() => {
    for (const name of NAMES) delete process.env[name];
  });

  test("gives the keys of a container's role, with which a bucket can be used", async () => {
    if (!s3) return;
    const { accessKeyId, secretAccessKey, ...place } = await s3.freshBucket();
    let asked = 0;
    using role = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => {
        asked++;
        if (request.headers.get("authorization") !== "role-token") return new Response(null, { status: 403 });
        const Expiration = new Date(Date.now() + 3_600_000).toISOString();
        return Response.json({
          AccessKeyId: accessKeyId,
          SecretAccessKey: secretAccessKey,
          Token: "",
          Expiration,
        });
      },
    });
    process.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = `http://127.0.0.1:${role.port}/role`;
    process.env["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "role-token";
    const bucket = new Bucket({ ...place, credentials: standardCredentials });
    await bucket.putText("note", "by a role");
    expect(await bucket.readText("note")).toBe("by a role");
    expect(asked).toBe(1);
  });
});
