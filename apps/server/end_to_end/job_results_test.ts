import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type HasRecipe, type JobHandle, type JobRequest, recipe, fromUrl } from "@progimage/client";
import { unzipSync } from "fflate";
import { startPictureHost, uploadPictures } from "./testing_jobs.ts";
import { noise } from "./testing_pictures.ts";
import { filesBelow, startServer, type TestServer } from "./testing_server.ts";

const IMAGES = 12;
const TILE = recipe().resize({ width: 32 }).webp();
const OUTPUTS = [{ name: "tile", recipe: TILE }, recipe().png()];

describe("GET /jobs/{id}/results.zip", () => {
  let server: TestServer;
  let elsewhere: ReturnType<typeof startPictureHost>;
  let ids: string[];

  beforeAll(async () => {
    elsewhere = startPictureHost(await noise(99));
    server = await startServer({
      // A test cannot evict derivatives from memory.
      settings: { PROGIMAGE_FETCH_ALLOW_HOSTS: elsewhere.host, PROGIMAGE_MEMORY_CACHE_BYTES: "0" },
    });
    ids = await uploadPictures(server, IMAGES);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await elsewhere[Symbol.asyncDispose]();
  });

  const finish = async (request: JobRequest): Promise<JobHandle> => {
    const job = await server.client.jobs.create(request);
    await job.wait();
    return job;
  };
  const unzip = async (job: JobHandle) => unzipSync(await (await job.results()).bytes());
  /** The stored derivatives: files that are still being written are never evicted. */
  const derivatives = async () =>
    (await filesBelow(join(server.dataDir, "fs", "derivatives"))).filter(
      (path) => !path.startsWith("incoming"),
    );
  const leftovers = () => filesBelow(join(server.dataDir, "tmp"));
  const rendered = (id: string, made: HasRecipe) => server.client.image(id, made).bytes();

  test("has all results, each in the folder of its image, with the bytes of its URL", async () => {
    const job = await finish({ select: { ids }, outputs: OUTPUTS, deliver: "archive" });
    const response = await fetch(job.job.resultsHref);
    expect(response.headers.get("content-type")).toBe("application/zip");
    expect(response.headers.get("content-disposition")).toBe(`attachment; filename="job-${job.id}.zip"`);
    const files = unzipSync(await response.bytes());
    const names = ids.flatMap((_, index) => {
      const folder = `${index + 1}-picture-${index}`;
      return [`${folder}/tile.webp`, `${folder}/2.png`];
    });
    expect(Object.keys(files)).toEqual(names);
    expect(files["3-picture-2/tile.webp"]).toEqual(await rendered(ids[2] ?? "", TILE));
    expect(files["12-picture-11/2.png"]).toEqual(await rendered(ids[11] ?? "", recipe().png()));
  });

  test("renders evicted results again", async () => {
    const job = await finish({ select: { ids }, outputs: OUTPUTS, deliver: "derivatives" });
    const before = await unzip(job);
    const kept = await derivatives();
    expect(kept.length).toBeGreaterThanOrEqual(IMAGES * 2);
    await Promise.all(kept.map((path) => rm(join(server.dataDir, "fs", "derivatives", path))));
    expect(await unzip(job)).toEqual(before);
    expect((await derivatives()).length).toBeGreaterThanOrEqual(IMAGES * 2);
  });

  test("renders nothing for HEAD", async () => {
    const job = await finish({ select: { ids }, outputs: OUTPUTS, deliver: "derivatives" });
    const evicted = await derivatives();
    await Promise.all(evicted.map((path) => rm(join(server.dataDir, "fs", "derivatives", path))));
    const response = await fetch(job.job.resultsHref, { method: "HEAD" });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/zip"]);
    expect(await derivatives()).toEqual([]);
  });

  test("continues if results are evicted while it is read", async () => {
    const job = await finish({ select: { ids }, outputs: OUTPUTS, deliver: "derivatives" });
    const before = await unzip(job);
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await job.results()).body ?? []) {
      chunks.push(chunk);
      for (const path of await derivatives())
        await rm(join(server.dataDir, "fs", "derivatives", path), { force: true });
    }
    expect(unzipSync(Buffer.concat(chunks))).toEqual(before);
  });

  test("has the stored images, and lists the missing ones", async () => {
    const job = await finish({
      select: { ids: [...ids, Bun.randomUUIDv7()] },
      outputs: [TILE],
      deliver: "images",
    });
    const items = await Array.fromAsync(job.items());
    const images = items.flatMap(({ results }) => results.map(({ imageId }) => imageId ?? ""));
    await server.client.images.delete(images[4] ?? "");
    const { "errors.json": errors, ...files } = await unzip(job);
    expect(Object.keys(files)).toHaveLength(IMAGES - 1);
    const original = await (await server.client.image(images[0] ?? "").fetch()).bytes();
    expect(files["1-picture-0/1.webp"]).toEqual(original);
    expect(files["5-picture-4/1.webp"]).toBeUndefined();
    expect(JSON.parse(new TextDecoder().decode(errors))).toMatchObject({
      lost: 1,
      errors: [
        { problem: { code: "image_not_found" } },
        { index: IMAGES, source: items.at(-1)?.source, problem: { code: "image_not_found", status: 404 } },
      ],
    });
  });

  test("has results stored unchanged, and results of images at URLs", async () => {
    const urls = [elsewhere.urlOf("a.jpg"), elsewhere.urlOf("b.jpg")];
    const stored = await unzip(await finish({ select: { urls } }));
    expect(Object.keys(stored)).toEqual(["1-a/original.jpg", "2-b/original.jpg"]);
    expect(stored["1-a/original.jpg"]).toEqual(new Uint8Array(await noise(99)));
    const made = await finish({ select: { urls }, outputs: [TILE], deliver: "archive" });
    const files = await unzip(made);
    expect(Object.keys(files)).toEqual(["1-a/1.webp", "2-b/1.webp"]);
    expect(files["1-a/1.webp"]).toEqual(await server.client.process(fromUrl(urls[0] ?? ""), TILE).bytes());
    expect(await leftovers()).toEqual([]);
  });

  test("has only the errors if nothing succeeded", async () => {
    const files = await unzip(
      await finish({ select: { ids: [Bun.randomUUIDv7()] }, outputs: [TILE], deliver: "images" }),
    );
    expect(Object.keys(files)).toEqual(["errors.json"]);
    const none = await finish({ select: { filter: { tag: "none" } }, outputs: [TILE], deliver: "images" });
    expect(none.job).toMatchObject({ status: "succeeded", counts: { total: 0 } });
    expect(await unzip(none)).toEqual({});
  });

  test("is refused before the job has ended", async () => {
    const slow = recipe().blur(6).avif();
    const job = await server.client.jobs.create({ select: { ids }, outputs: [slow], deliver: "images" });
    const response = await fetch(job.job.resultsHref);
    expect([response.status, await response.json()]).toMatchObject([409, { code: "conflict" }]);
    await job.cancel();
    expect((await fetch(job.job.resultsHref)).status).toBe(200);
  });

  test("breaks off when something fails midway, instead of ending cleanly", async () => {
    const job = await finish({
      select: { ids },
      outputs: [recipe().resize({ width: 31 }).png()],
      deliver: "images",
    });
    const items = await Array.fromAsync(job.items());
    const { sha256 } = await server.client.images.get(items[9]?.results[0]?.imageId ?? "");
    const blobs = join(server.dataDir, "fs", "blobs");
    const path = (await filesBelow(blobs)).find((each) => each.includes(sha256)) ?? "";
    await rm(join(blobs, path));
    const read = async () => await (await fetch(job.job.resultsHref)).bytes();
    await expect(read()).rejects.toThrow();
    await until("the log says that the results break off", () =>
      server.log().includes("Cannot go on with the results of a job"),
    );
  });

  test("leaves nothing behind when the client leaves in the middle", async () => {
    const urls = Array.from({ length: 20 }, (_, index) => elsewhere.urlOf(`${index}.jpg`));
    const outputs = [recipe().resize({ width: 1200, enlarge: true }).png()];
    const job = await finish({ select: { urls }, outputs, deliver: "archive" });
    const reader = (await job.results()).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await until("no file is left", async () => {
      const left = await leftovers();
      return left.length === 0 || left;
    });
  });
});
