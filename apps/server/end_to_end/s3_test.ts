import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";
import { ProgImage, ProgImageError } from "@progimage/client";
import { Bucket } from "@progimage/core/adapters";
import {
  type BucketAddress,
  samplePhoto,
  sharedS3,
  startFaultProxy,
  testFolder,
  until,
} from "@progimage/core/testing";
import { LARGE_BYTES, LARGE_SETTINGS, peakBytes, uploadLarge } from "./testing_large.ts";
import { descendants, filesBelow, startServer } from "./testing_server.ts";

const s3 = await sharedS3();

describe.skipIf(s3 === null)("the server on S3", async () => {
  if (!s3) return;
  const photo = await samplePhoto();

  test("stores, returns, renders and deletes, and has only copies on its disk", async () => {
    const address = await s3.freshBucket();
    const bucket = new Bucket(address);
    await using server = await startServer({
      settings: { ...settingsOf(address), PROGIMAGE_S3_PREFIX: "images" },
    });
    const { client, url } = server;
    const { id, sha256 } = await client.images.upload(photo, { name: "photo.png" });
    const objects = await keysIn(bucket);
    expect(objects).toEqual([
      `images/blobs/${sha256.slice(0, 2)}/${sha256}-${id}`,
      "images/blobs/installation.json",
    ]);
    expect((await filesBelow(server.dataDir)).filter((file) => file.startsWith("fs/blobs"))).toEqual([]);

    // Each way twice: the second answer comes from the cache, without a route.
    for (let time = 0; time < 2; time++) {
      const whole = await fetch(`${url}/images/${id}`);
      expect([whole.status, whole.headers.get("content-length")]).toEqual([200, String(photo.length)]);
      expect(Buffer.compare(await whole.bytes(), photo)).toBe(0);
      const part = await fetch(`${url}/images/${id}`, { headers: { range: "bytes=100-199" } });
      expect([part.status, part.headers.get("content-range")]).toEqual([
        206,
        `bytes 100-199/${photo.length}`,
      ]);
      expect(Buffer.compare(await part.bytes(), photo.subarray(100, 200))).toBe(0);
      const beyond = await fetch(`${url}/images/${id}`, { headers: { range: `bytes=${photo.length}-` } });
      expect([beyond.status, await beyond.text()]).toEqual([416, ""]);
      const etag = whole.headers.get("etag") ?? "";
      const same = await fetch(`${url}/images/${id}`, { headers: { "if-none-match": etag } });
      expect(same.status).toBe(304);
      expect(await head(url, `/images/${id}`)).toMatch(
        new RegExp(`^HTTP/1.1 200 OK\r\n(?:.*\r\n)*content-length: ${photo.length}\r\n(?:.*\r\n)*\r\n$`, "i"),
      );
    }

    const rendered = await fetch(`${url}/images/${id}.webp?resize=64x`);
    expect(rendered.headers.get("content-type")).toBe("image/webp");
    const bytes = await rendered.bytes();
    const derivative = await found(
      "the render is stored",
      async () => (await keysIn(bucket, "images/derivatives/"))[0],
    );
    expect(derivative).toStartWith(`images/derivatives/${sha256.slice(0, 32)}-`);

    await client.images.delete(id);
    expect((await fetch(`${url}/images/${id}`)).status).toBe(410);
    await until("no render is left", async () => {
      const left = await keysIn(bucket, "images/derivatives/");
      return left.length === 0 || left;
    });
    expect(bytes.length).toBeGreaterThan(0);
  });

  test("two servers with one bucket and one database are one: renders, purges and deletions reach the other", async () => {
    await using folder = await testFolder();
    const settings = { ...settingsOf(await s3.freshBucket()), PROGIMAGE_DB_DIR: join(folder.path, "db") };
    await using one = await startServer({ settings });
    await using other = await startServer({ settings });
    const { id } = await one.client.images.upload(photo);
    const path = `/images/${id}.webp?resize=64x`;
    const first = await fetch(one.url + path);
    const bytes = await first.bytes();
    expect(first.headers.get("server-timing")).toContain("render");
    // Once it is in the bucket, the other server need not render it. Polling the server itself would render it.
    await found(
      "the render is stored",
      async () => (await keysIn(new Bucket(addressOf(settings)), "derivatives/"))[0],
    );
    const second = await fetch(other.url + path);
    expect(second.headers.get("server-timing")).not.toContain("render");
    expect(Buffer.compare(await second.bytes(), bytes)).toBe(0);

    await fetch(`${one.url}/images/${id}/derivatives`, { method: "DELETE" });
    const etag = first.headers.get("etag");
    const changed = await found("another node sees the change", async () => {
      const again = await fetch(other.url + path);
      await again.bytes();
      return again.headers.get("etag") === etag ? undefined : again;
    });
    expect(changed.status).toBe(200);
    await one.client.images.delete(id);
    await until("another node sees the deletion", async () => {
      const { status } = await fetch(other.url + path);
      return status === 410 || status;
    });
  });

  test("300 MB are uploaded and downloaded while the HTTP process stays small", async () => {
    await using server = await startServer({
      settings: { ...settingsOf(await s3.freshBucket()), ...LARGE_SETTINGS },
    });
    const [httpProcess = 0] = await descendants(server.pid);
    expect(await uploadLarge(server.url, "raw")).toBe(201);
    const { items } = await server.client.images.list().page();
    let bytes = 0;
    const { body } = await server.client.image(items[0]?.id ?? "").fetch();
    for await (const chunk of body ?? []) bytes += chunk.length;
    expect(bytes).toBe(LARGE_BYTES);
    // Buffering 300 MB would take twice as much: once in each direction.
    if (process.platform === "linux") expect(await peakBytes(httpProcess)).toBeLessThan(250_000_000);
  });

  test("originals are served by redirect if configured, and are unchanged", async () => {
    const settings = { ...settingsOf(await s3.freshBucket()), PROGIMAGE_S3_REDIRECT: "true" };
    await using server = await startServer({ settings });
    const { id } = await server.client.images.upload(photo, { name: "a b.png" });
    const answer = await fetch(`${server.url}/images/${id}`, { redirect: "manual" });
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([307, "no-store"]);
    expect(answer.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    expect(await head(server.url, `/images/${id}`)).toStartWith("HTTP/1.1 200 OK");
    const followed = await fetch(`${server.url}/images/${id}?download`);
    expect(followed.headers.get("content-type")).toBe("image/png");
    expect(followed.headers.get("content-disposition")).toMatch(/^attachment;.*a b\.png/);
    expect(Buffer.compare(await followed.bytes(), photo)).toBe(0);
    expect((await fetch(`${server.url}/images/${id}.webp?resize=64x`, { redirect: "manual" })).status).toBe(
      200,
    );
    expect(server.log() + server.output()).not.toContain("X-Amz");
  });

  test("an outage is reported within 10 s, hits continue, and the server recovers without a restart", async () => {
    const address = await s3.freshBucket();
    await using proxy = await startFaultProxy(address.endpoint);
    await using server = await startServer({
      settings: { ...settingsOf({ ...address, endpoint: proxy.url }), PROGIMAGE_LOG_LEVEL: "debug" },
    });
    const { url } = server;
    const client = new ProgImage({ baseUrl: url, retry: 0 });
    const { id } = await client.images.upload(photo);
    const hit = `${url}/images/${id}.webp?resize=64x`;
    await (await fetch(hit)).bytes();
    await (await fetch(`${url}/images/${id}`)).bytes();

    for (const fault of [{ kind: "status", status: 500 }, { kind: "black hole" }] as const) {
      proxy.spoil(fault);
      const startedAt = performance.now();
      const [original, upload, ready, kept] = await Promise.all([
        fetch(`${url}/images/${id}`),
        client.images.upload(new Uint8Array([...photo, 0])).catch((error: unknown) => error),
        fetch(`${url}/readyz`),
        fetch(hit),
      ]);
      expect(performance.now() - startedAt).toBeLessThan(10_500);
      expect([original.status, original.headers.get("retry-after")]).toEqual([503, "5"]);
      expect(await original.json()).toMatchObject({ code: "unavailable", requestId: expect.any(String) });
      expect(original.headers.get("x-content-type-options")).toBe("nosniff");
      expect(upload).toBeInstanceOf(ProgImageError);
      expect(upload).toMatchObject({ status: 503, code: "unavailable" });
      expect(ready.status).toBe(503);
      expect(kept.status).toBe(200);
      // The source was copied at its upload: renders continue too.
      expect((await fetch(`${url}/images/${id}.png?resize=${fault.kind.length}x`)).status).toBe(200);
    }

    proxy.spoil({ kind: "none" });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(Buffer.compare(await (await fetch(`${url}/images/${id}`)).bytes(), photo)).toBe(0);
    expect((await client.images.upload(new Uint8Array([...photo, 0, 0]))).bytes).toBe(photo.length + 2);
    for (const secret of ["X-Amz", address.secretAccessKey]) expect(server.log()).not.toContain(secret);
  }, 60_000);

  test("an original that breaks off in S3 breaks off for the client: there is no short 200", async () => {
    const address = await s3.freshBucket();
    await using proxy = await startFaultProxy(address.endpoint);
    await using server = await startServer({ settings: settingsOf({ ...address, endpoint: proxy.url }) });
    const large = new Uint8Array([...photo, ...new Uint8Array(3_000_000)]);
    const { id } = await server.client.images.upload(large);
    for (let time = 0; time < 2; time++) {
      proxy.spoil({ kind: "cut answer", after: 2_000_000 });
      for (const headers of [{}, { range: "bytes=1-2500000" }] as Record<string, string>[]) {
        const answer = await fetch(`${server.url}/images/${id}`, { headers });
        expect(answer.ok).toBe(true);
        await expect(answer.bytes()).rejects.toThrow();
      }
      proxy.spoil({ kind: "none" });
      expect(await (await fetch(`${server.url}/images/${id}`)).bytes()).toHaveLength(large.length);
    }
  });

  test("wrong settings stop the start and are named; an outage does not", async () => {
    const address = await s3.freshBucket();
    const wrong: readonly (readonly [Partial<BucketAddress>, string])[] = [
      [{ secretAccessKey: "wrong-secret" }, "PROGIMAGE_S3_SECRET_ACCESS_KEY"],
      [{ accessKeyId: "nobody" }, "PROGIMAGE_S3_ACCESS_KEY_ID"],
      [{ bucket: "no-such-bucket" }, "PROGIMAGE_S3_BUCKET"],
      [{ bucket: "" }, "Cannot use S3 unless all of its settings are given"],
    ];
    for (const [change, said] of wrong) {
      const failure = await startServer({ settings: settingsOf({ ...address, ...change }) }).then(
        () => new Error("It starts"),
        (error: unknown) => error as Error,
      );
      expect(failure.message).toContain("exit code 2");
      expect(failure.message).toContain(said);
      expect(failure.message).not.toContain("wrong-secret");
    }
    await using proxy = await startFaultProxy(address.endpoint);
    proxy.spoil({ kind: "status", status: 500 });
    await using server = await startServer({ settings: settingsOf({ ...address, endpoint: proxy.url }) });
    expect(server.log()).toContain("does not answer at the moment");
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    proxy.spoil({ kind: "none" });
    expect((await server.client.images.upload(photo)).bytes).toBe(photo.length);
  }, 60_000);
});

function settingsOf({ endpoint, bucket, accessKeyId, secretAccessKey }: BucketAddress) {
  return {
    PROGIMAGE_S3_ENDPOINT: endpoint,
    PROGIMAGE_S3_BUCKET: bucket,
    PROGIMAGE_S3_ACCESS_KEY_ID: accessKeyId,
    PROGIMAGE_S3_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

function addressOf(settings: ReturnType<typeof settingsOf>): BucketAddress {
  return {
    endpoint: settings.PROGIMAGE_S3_ENDPOINT,
    bucket: settings.PROGIMAGE_S3_BUCKET,
    accessKeyId: settings.PROGIMAGE_S3_ACCESS_KEY_ID,
    secretAccessKey: settings.PROGIMAGE_S3_SECRET_ACCESS_KEY,
  };
}

async function keysIn(bucket: Bucket, prefix = ""): Promise<string[]> {
  return (await Array.fromAsync(bucket.list(prefix))).map(({ key }) => key);
}

/** Waits for an effect that comes after an answer. */
async function found<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  let value: T | undefined;
  await until(what, async () => (value = await look()) !== undefined);
  return value as T;
}

/** Returns the raw answer to a HEAD: `fetch` hides bytes after its headers. */
async function head(url: string, path: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString()));
  socket.on("close", () => resolve(text));
  socket.write(`HEAD ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  return await promise;
}
