import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { Bucket } from "@progimage/core/adapters";
import { sharedPostgres, sharedS3, until } from "@progimage/core/testing";
import { type ArchivedFile, tarOf, zipOf } from "./testing_archives.ts";
import { bucketSettings } from "./testing_bucket.ts";
import { noise } from "./testing_pictures.ts";
import { blobsBelow, descendants, filesBelow, startServer, type TestServer } from "./testing_server.ts";

interface Item {
  readonly source: object;
  readonly status: string;
  readonly results: readonly { readonly imageId: string }[];
  readonly problem: { readonly code: string } | null;
}

const SMALL_LIMITS = { PROGIMAGE_MAX_UPLOAD_BYTES: "300000", PROGIMAGE_MAX_ARCHIVE_ENTRIES: "70" };
const TEXT: ArchivedFile = { name: "notes.txt", bytes: Buffer.from("no picture") };

const [s3, postgres] = await Promise.all([sharedS3(), sharedPostgres()]);

describe("POST /images with Prefer: respond-async", () => {
  laterUploads("files and SQLite", async () => ({
    settings: {},
    blobs: blobsOf,
    [Symbol.asyncDispose]: async () => {},
  }));

  describe.skipIf(!s3 || !postgres)("elsewhere", () => {
    laterUploads("S3 and Postgres", async () => {
      if (!s3 || !postgres) throw new Error("Cannot test on S3 and Postgres: they are not here");
      const { url, [Symbol.asyncDispose]: dispose } = await postgres.freshDatabase();
      const address = await s3.freshBucket();
      const bucket = new Bucket(address);
      const settings = { ...bucketSettings(address), PROGIMAGE_DATABASE_URL: url };
      const blobs = async () =>
        (await Array.fromAsync(bucket.list("blobs/")))
          .map(({ key }) => key)
          .filter((key) => /\/[0-9a-f]{2}\//.test(key));
      return { settings, blobs, [Symbol.asyncDispose]: dispose };
    });
  });

  test("refuses the same requests as without it, and keeps nothing of them", async () => {
    await using server = await startServer({ settings: SMALL_LIMITS });
    const [tar, picture] = [await tarOf([TEXT]), await noise(1)];
    const entries = Array.from({ length: 71 }, (_, index) => ({ ...TEXT, name: `${index}.txt` }));
    const cut = (await tarOf([{ name: "a.jpg", bytes: picture }])).slice(0, 600);
    const cases = [
      [400, "invalid_request", await post(server, "application/x-tar", cut)],
      [400, "invalid_request", await post(server, "application/x-tar", await tarOf([]))],
      [400, "invalid_request", await post(server, "application/gzip", tar)],
      [400, "invalid_request", await post(server, "application/zip", tar)],
      [413, "too_large", await post(server, "application/x-tar", await tarOf(entries))],
      [413, "too_large", await post(server, "application/gzip", packed(Buffer.alloc(20_000_000)))],
      [400, "invalid_parameter", await post(server, "application/x-tar", tar, {}, "?name=a")],
      [400, "invalid_parameter", await post(server, "application/x-tar", tar, { "idempotency-key": "a b" })],
      [400, "invalid_request", await sendForm(server, [["tag", "a"]])],
      [400, "invalid_request", await post(server, "multipart/form-data; boundary=x", brokenForm(picture))],
    ] as const;
    for (const [status, code, response] of cases)
      expect([response.status, await response.json()]).toEqual([status, expect.objectContaining({ code })]);
    expect((await server.client.jobs.list().page()).items).toEqual([]);
    await expectNothingLeft(server);
  });

  test("stores a single image immediately", async () => {
    await using server = await startServer();
    expect((await post(server, "image/jpeg", new Uint8Array(await noise(1)))).status).toBe(201);
  });

  test("a job that is cancelled before it begins leaves no bytes behind", async () => {
    await using server = await startServer({ settings: { PROGIMAGE_JOB_ITEMS_AT_A_TIME: "0" } });
    const form = await sendForm(server, [
      ["file", new File([new Uint8Array(await noise(1))], "a.jpg")],
      ["file", new File([new Uint8Array(await noise(2))], "b.jpg")],
    ]);
    const tar = await post(server, "application/x-tar", await tarOf([TEXT]));
    const jobs = await Promise.all([jobOf(server, form), jobOf(server, tar)]);
    expect(await blobsOf(server)).toHaveLength(3);
    for (const job of jobs) expect((await job.cancel()).status).toBe("cancelled");
    await expectNothingLeft(server);
  });

  test("a server that is killed repeatedly continues an archive, and stores no image twice", async () => {
    const files = await Promise.all(
      Array.from({ length: 60 }, async (_, seed) => ({
        name: `${seed}.jpg`,
        bytes: await noise(seed, 320, 240),
      })),
    );
    const settings = { PROGIMAGE_JOB_ITEMS_AT_A_TIME: "2" };
    let server = await startServer({ settings });
    const { dataDir } = server;
    const archive = packed(await tarOf(files));
    const digest = new Bun.CryptoHasher("sha256").update(archive).digest("hex");
    const { id } = await jobOf(server, await post(server, "application/gzip", archive));
    const isStaged = async () => (await blobsOf(server)).some((key) => key.includes(digest));
    expect(await isStaged()).toBe(true);
    for (const enough of [5, 25]) {
      await until(`${enough} items are done`, async () => {
        const { succeeded } = (await server.client.jobs.get(id)).job.counts;
        return succeeded >= enough || succeeded;
      });
      await killAll(server);
      server = await startServer({ settings, dataDir });
    }
    await using last = server;
    const job = await last.client.jobs.get(id);
    expect(await job.wait()).toMatchObject({
      status: "succeeded",
      counts: { total: 60, succeeded: 60, failed: 0 },
    });
    const images = await Array.fromAsync(last.client.images.list({ limit: 100 }));
    expect(images.map(({ name }) => name).toSorted()).toEqual(files.map(({ name }) => name).toSorted());
    const items: readonly { results: readonly { imageId?: string }[] }[] = await Array.fromAsync(job.items());
    expect(new Set(items.map(({ results }) => results[0]?.imageId)).size).toBe(60);
    // An image in progress may leave bytes without a record, which the sweep finds a day later.
    await until("no file is staged", async () => !(await isStaged()));
  }, 120_000);
});

interface Place extends AsyncDisposable {
  readonly settings: Readonly<Record<string, string>>;
  /** Returns the keys of all blobs. */
  readonly blobs: (server: TestServer) => Promise<readonly string[]>;
}

function laterUploads(name: string, makePlace: () => Promise<Place>): void {
  test(`on ${name}, an archive becomes a job with an item for each file, and its bytes are removed`, async () => {
    await using place = await makePlace();
    await using server = await startServer({ settings: { ...SMALL_LIMITS, ...place.settings } });
    const pictures = await Promise.all([1, 2].map((seed) => noise(seed)));
    const large = { name: "large.jpg", bytes: new Uint8Array(300_001) };
    const named = pictures.map((bytes, index) => ({ name: `folder/ü ${index}.jpg`, bytes }));
    const tar = await tarOf([...named, TEXT, large]);
    const archives = [
      ["application/x-tar", tar],
      ["application/gzip", packed(tar)],
      ["application/zip", zipOf([...named, TEXT, large])],
    ] as const;
    for (const [type, bytes] of archives) {
      const response = await post(server, type, bytes, {}, `?tag=${type}&metadata={"a":1}&expires=3600`);
      expect(response.headers.get("preference-applied")).toBe("respond-async");
      const job = await jobOf(server, response);
      expect(await job.wait()).toMatchObject({
        status: "partially_failed",
        counts: { total: 4, succeeded: 2, failed: 2 },
      });
      expect(shown(await itemsOf(server, job.id))).toEqual([
        [{ entry: "ü 0.jpg" }, "succeeded"],
        [{ entry: "ü 1.jpg" }, "succeeded"],
        [{ entry: "notes.txt" }, "unsupported_media"],
        [{ entry: "large.jpg" }, "too_large"],
      ]);
      const images = await Array.fromAsync(server.client.images.list({ tag: type }));
      expect(
        images.map((image) => [image.name, image.metadata, image.expiresAt !== null]).toSorted(),
      ).toEqual([
        ["ü 0.jpg", { a: 1 }, true],
        ["ü 1.jpg", { a: 1 }, true],
      ]);
      const first = images.find((image) => image.name === "ü 0.jpg")?.id ?? "";
      expect(pictures[0]?.equals(await (await server.client.image(first).fetch()).bytes())).toBe(true);
      await expect(job.retry()).rejects.toThrow(/send them again/);
    }
    await expectNothingLeft(server, { images: 2, ...place });
  });

  test(`on ${name}, a form becomes a job, and each file has its attributes`, async () => {
    await using place = await makePlace();
    await using server = await startServer({ settings: { ...SMALL_LIMITS, ...place.settings } });
    const pictures = await Promise.all([1, 2].map((seed) => noise(seed)));
    const parts: readonly (readonly [string, string | File])[] = [
      ["tag", "all"],
      ["name", "first"],
      ["file", new File([new Uint8Array(pictures[0] ?? [])], "a.jpg")],
      ["metadata", '{"b":2}'],
      ["file", new File([new Uint8Array(300_001)], "large.jpg")],
      ["file", new File([new Uint8Array(pictures[1] ?? [])], "b.jpg")],
      ["file", new File(["no picture"], "notes.txt")],
      ["metadata", "{"],
      ["file", new File([new Uint8Array(pictures[1] ?? [])], "c.jpg")],
    ];
    const key = { "idempotency-key": "form" };
    const job = await jobOf(server, await sendForm(server, parts, key));
    expect(await job.wait()).toMatchObject({
      status: "partially_failed",
      counts: { total: 5, succeeded: 2, failed: 3 },
    });
    expect(shown(await itemsOf(server, job.id))).toEqual([
      [{ upload: "first" }, "succeeded"],
      [{ upload: "large.jpg" }, "too_large"],
      [{ upload: "b.jpg" }, "succeeded"],
      [{ upload: "notes.txt" }, "unsupported_media"],
      [{ upload: "c.jpg" }, "invalid_request"],
    ]);
    const images = await Array.fromAsync(server.client.images.list({ tag: "all" }));
    expect(images.map((image) => [image.name, image.metadata]).toSorted()).toEqual([
      ["b.jpg", { b: 2 }],
      ["first", {}],
    ]);
    const again = await sendForm(server, parts, key);
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([200, "true"]);
    expect(((await again.json()) as { readonly id: string }).id).toBe(job.id);
    const other = await sendForm(server, parts.slice(0, 4), key);
    expect([other.status, await other.json()]).toMatchObject([422, { code: "key_reused" }]);
    await expectNothingLeft(server, { images: 2, ...place });
  });
}

function post(
  server: TestServer,
  type: string,
  body: BodyInit,
  headers: Readonly<Record<string, string>> = {},
  query = "",
): Promise<Response> {
  return fetch(`${server.url}/images${query}`, {
    method: "POST",
    headers: { "content-type": type, prefer: "respond-async", ...headers },
    body,
  });
}

function sendForm(
  server: TestServer,
  parts: readonly (readonly [string, string | File])[],
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const body = new FormData();
  for (const [name, value] of parts) body.append(name, value);
  return fetch(`${server.url}/images`, {
    method: "POST",
    headers: { prefer: "respond-async", ...headers },
    body,
  });
}

function packed(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(bytes));
}

/** Returns a form with a complete file, and another that breaks off. */
function brokenForm(picture: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = (name: string) =>
    `--x\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;
  return new Uint8Array(
    Buffer.concat([Buffer.from(head("a")), picture, Buffer.from(`\r\n${head("b")}half`)]),
  );
}

async function jobOf(server: TestServer, response: Response) {
  const job = (await response.json()) as { readonly id: string; readonly href: string };
  expect([response.status, response.headers.get("location")]).toEqual([202, job.href]);
  return await server.client.jobs.get(job.id);
}

async function itemsOf({ url }: TestServer, id: string): Promise<readonly Item[]> {
  const response = await fetch(`${url}/jobs/${id}/items`);
  return ((await response.json()) as { readonly items: readonly Item[] }).items;
}

function shown(items: readonly Item[]) {
  return items.map(({ source, status, problem }) => [source, problem?.code ?? status]);
}

/** Returns the keys of all blobs on disk. */
async function blobsOf({ dataDir }: TestServer): Promise<readonly string[]> {
  return await blobsBelow(`${dataDir}/fs`);
}

/** Waits until only the bytes of `images` images remain: staged bytes are removed right after the end of a job. */
async function expectNothingLeft(
  server: TestServer,
  { images = 0, blobs = blobsOf }: Partial<Place> & { readonly images?: number } = {},
): Promise<void> {
  await until(`there are ${images} blobs`, async () => {
    const found = (await blobs(server)).length;
    return found === images || found;
  });
  expect(await filesBelow(`${server.dataDir}/fs/incoming`)).toEqual([]);
}

/** Kills the server like a power cut. */
async function killAll(server: TestServer): Promise<void> {
  const processes = await descendants(server.pid);
  server.kill("SIGKILL");
  for (const each of processes) process.kill(each, "SIGKILL");
  await server.exited;
}
