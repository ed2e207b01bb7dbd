import { afterAll, describe, expect, test } from "bun:test";
import { connect, createServer as createPlainServer, type Server } from "node:net";
import { createServer } from "node:tls";
import {
  samplePhoto,
  sharedS3,
  type TestCertificate,
  testCertificates,
  testFolder,
} from "@progimage/core/testing";
import { bucketSettings } from "../end_to_end/testing_bucket.ts";
import { startServer } from "../end_to_end/testing_server.ts";
import { refusalOf } from "./testing_refusal.ts";

const s3 = await sharedS3();
const certificates = await testCertificates();
afterAll(() => certificates?.[Symbol.asyncDispose]());

/** Never reached: the service in its place refuses all requests. */
const ADDRESS = { endpoint: "", bucket: "a-bucket", accessKeyId: "key", secretAccessKey: "do-not-tell" };

describe("a start on an S3 that cannot be used", () => {
  async function refusal(settings: Readonly<Record<string, string>>): Promise<string> {
    await using folder = await testFolder();
    const line = await refusalOf({ ...settings, PROGIMAGE_DATA_DIR: folder.path });
    expect(line).toStartWith(
      `Cannot use PROGIMAGE_S3_ENDPOINT, ${settings["PROGIMAGE_S3_ENDPOINT"]}, bucket `,
    );
    expect(line).not.toContain(settings["PROGIMAGE_S3_SECRET_ACCESS_KEY"] ?? "");
    return line;
  }

  test.skipIf(!certificates)("explains a faulty certificate, with the remedy", async () => {
    if (!certificates) return;
    const known = { NODE_EXTRA_CA_CERTS: certificates.authority };
    const cases: readonly (readonly [TestCertificate, Readonly<Record<string, string>>, RegExp])[] = [
      [certificates.good, {}, /does not know the authority .*NODE_EXTRA_CA_CERTS$/],
      [certificates.foreign, known, /as its certificate is for another host .*: name the host/],
      [certificates.expired, known, /as its certificate has expired .*: renew it, or set the clock/],
    ];
    for (const [certificate, more, said] of cases) {
      await using front = await startTls(certificate, 0);
      const settings = bucketSettings({ ...ADDRESS, endpoint: front.url });
      expect(await refusal({ ...settings, ...more })).toMatch(said);
    }
  });

  test("explains that it does not support TLS, with the remedy", async () => {
    await using service = Bun.serve({ port: 0, fetch: () => new Response("no S3") });
    const settings = bucketSettings({ ...ADDRESS, endpoint: `https://127.0.0.1:${service.port}` });
    expect(await refusal(settings)).toMatch(/as it speaks no TLS .*: begin PROGIMAGE_S3_ENDPOINT with http:/);
  });

  // Amazon's answers: Ceph accepts any region.
  for (const [status, code, said] of [
    [400, "AuthorizationQueryParametersError", /in another region .*: set PROGIMAGE_S3_REGION/],
    [400, "AuthorizationHeaderMalformed", /in another region .*: set PROGIMAGE_S3_REGION/],
    [301, "PermanentRedirect", /in another region .*: set PROGIMAGE_S3_REGION/],
    [400, "InvalidBucketName", /no bucket can have that name .*: correct PROGIMAGE_S3_BUCKET/],
    [404, "", /it does not answer as S3 does .*: correct PROGIMAGE_S3_ENDPOINT/],
  ] as const) {
    test(`has the remedy if it answers ${status} ${code || "without a code"}`, async () => {
      const body = code ? `<Error><Code>${code}</Code></Error>` : "Not found";
      await using service = Bun.serve({ port: 0, fetch: () => new Response(body, { status }) });
      const settings = bucketSettings({ ...ADDRESS, endpoint: `http://127.0.0.1:${service.port}` });
      expect(await refusal(settings)).toMatch(said);
    });
  }

  test.skipIf(!s3)("says which key, secret or name is wrong, and what helps", async () => {
    if (!s3) return;
    const address = await s3.freshBucket();
    const cases = [
      [{ secretAccessKey: "wrong-secret" }, /finds another signature .*: set PROGIMAGE_S3_SECRET_ACCESS_KEY/],
      [{ accessKeyId: "nobody" }, /does not know the access key .*: set PROGIMAGE_S3_ACCESS_KEY_ID/],
      [{ bucket: "no-such-bucket" }, /no such bucket .*: create PROGIMAGE_S3_BUCKET, or correct its name/],
    ] as const;
    for (const [change, said] of cases)
      expect(await refusal(bucketSettings({ ...address, ...change }))).toMatch(said);
  });
});

describe.skipIf(!s3)("a server on S3", () => {
  if (!s3) return;

  test.skipIf(!certificates)("works over TLS with a certificate of a private authority", async () => {
    if (!certificates) return;
    const address = await s3.freshBucket();
    await using front = await startTls(certificates.good, Number(new URL(address.endpoint).port));
    const settings = {
      ...bucketSettings({ ...address, endpoint: front.url }),
      NODE_EXTRA_CA_CERTS: certificates.authority,
    };
    await using server = await startServer({ settings });
    const photo = await samplePhoto();
    const { id } = await server.client.images.upload(photo);
    expect(await (await server.client.image(id).fetch()).bytes()).toEqual(new Uint8Array(photo));
  });

  test("does not use a session token of the environment, which belongs to other keys", async () => {
    const address = await s3.freshBucket();
    await using recorder = await startRecorder(Number(new URL(address.endpoint).port));
    const settings = {
      ...bucketSettings({ ...address, endpoint: recorder.url }),
      AWS_ACCESS_KEY_ID: "other",
      AWS_SECRET_ACCESS_KEY: "other",
      AWS_SESSION_TOKEN: "stray",
    };
    await using server = await startServer({ settings });
    const photo = await samplePhoto();
    const { id } = await server.client.images.upload(photo);
    expect(await (await server.client.image(id).fetch()).bytes()).toEqual(new Uint8Array(photo));
    expect((await fetch(`${server.url}/images/${id}.webp?resize=20x`)).status).toBe(200);
    await server.client.images.erase(id);
    // Ceph ignores the token, but Amazon refuses requests with one.
    for (const request of ["PUT /", "GET /", "DELETE /", "list-type=2", "/blobs/"])
      expect(recorder.recorded()).toContain(request);
    expect(recorder.recorded()).not.toContain("X-Amz-Security-Token");
  });
});

/** Listens with TLS, and forwards everything to a port of this machine. */
async function startTls({ certificate, key }: TestCertificate, target: number) {
  const [cert, secret] = await Promise.all([certificate, key].map((path) => Bun.file(path).text()));
  const server = createServer({ cert, key: secret }, (client) => {
    const upstream = connect(target, "127.0.0.1");
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on("error", () => (client.destroy(), upstream.destroy()));
  });
  // Clients that do not trust the certificate leave during the handshake.
  server.on("tlsClientError", () => {});
  return {
    url: `https://127.0.0.1:${await listen(server)}`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

/** Forwards everything to a port of this machine, and records all requests. */
async function startRecorder(target: number) {
  let recorded = "";
  const server = createPlainServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    client.on("data", (bytes: Buffer) => (recorded += bytes.toString("latin1")));
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on("error", () => (client.destroy(), upstream.destroy()));
  });
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    recorded: () => recorded,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

/** Listens, and returns the port. */
async function listen(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}
