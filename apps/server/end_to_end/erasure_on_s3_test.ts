import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Image } from "@progimage/client";
import { Bucket } from "@progimage/core/adapters";
import { sharedS3, startFaultProxy, testFolder, until } from "@progimage/core/testing";
import { bucketSettings } from "./testing_bucket.ts";
import { noise } from "./testing_pictures.ts";
import { filesBelow, startServer, type TestServer } from "./testing_server.ts";

const s3 = await sharedS3();
if (!s3) console.error("Tests of erasures on S3 are skipped: Ceph's radosgw is not installed");

const SWEEP_MILLISECONDS = 500;

/** A sweep may have begun just before; on a busy machine it takes some time itself. */
const BOUND_MILLISECONDS = 2 * SWEEP_MILLISECONDS + 2_000;

describe.skipIf(s3 === null)("erasing an image on S3", () => {
  /** Returns the names of an image's files on a node's own disk. */
  const copies = async ({ dataDir }: TestServer, { sha256 }: Image) =>
    (await filesBelow(join(dataDir, "fs"))).filter((each) => each.includes(sha256.slice(0, 32)));

  const objects = async (bucket: Bucket, { sha256 }: Image) =>
    (await Array.fromAsync(bucket.list(""))).filter(({ key }) => key.includes(sha256.slice(0, 32)));

  /** Requests a render. Returns whether it had to be rendered. */
  const isRendered = async ({ url }: TestServer, { id }: Image) => {
    const response = await fetch(`${url}/images/${id}.webp?resize=20x`);
    await response.bytes();
    expect(response.status).toBe(200);
    return response.headers.get("server-timing")?.includes("render") ?? false;
  };

  test("answers 204 during an outage of S3, and the bytes are removed after it", async () => {
    if (!s3) return;
    const address = await s3.freshBucket();
    const bucket = new Bucket(address);
    for (const fault of [{ kind: "status", status: 500 }, { kind: "black hole" }] as const) {
      await using proxy = await startFaultProxy(address.endpoint);
      await using server = await startServer({
        settings: {
          ...bucketSettings({ ...address, endpoint: proxy.url }),
          PROGIMAGE_S3_PREFIX: `${fault.kind}/`.replace(" ", "-"),
          PROGIMAGE_SWEEP_INTERVAL_MS: String(SWEEP_MILLISECONDS),
        },
      });
      const { client, url } = server;
      const [image, other] = [
        await client.images.upload(await noise(2_000)),
        await client.images.upload(await noise(2_001)),
      ];
      expect(await isRendered(server, image)).toBe(true);
      await until("the render is in the bucket", async () => (await objects(bucket, image)).length === 2);
      proxy.spoil(fault);
      const startedAt = performance.now();
      const response = await fetch(`${url}/images/${image.id}/erase`, { method: "POST" });
      expect(response.status).toBe(204);
      expect(performance.now() - startedAt).toBeLessThan(10_500);
      expect((await fetch(`${url}/images/${image.id}`)).status).toBe(404);
      expect(await copies(server, image)).toEqual([]);
      expect(await objects(bucket, image)).toHaveLength(2);
      proxy.spoil({ kind: "none" });
      await until("the bytes are gone", async () => (await objects(bucket, image)).length === 0, 30_000);
      expect((await client.image(other.id).bytes()).length).toBe(other.bytes);
    }
  }, 120_000);

  test("removes the copies of other nodes, on disk and in memory, within two of their sweeps", async () => {
    if (!s3) return;
    await using folder = await testFolder();
    const address = await s3.freshBucket();
    const settings = {
      ...bucketSettings(address),
      PROGIMAGE_DB_DIR: join(folder.path, "db"),
      PROGIMAGE_SWEEP_INTERVAL_MS: String(SWEEP_MILLISECONDS),
    };
    await using one = await startServer({ settings });
    await using other = await startServer({ settings });
    const bytes = await noise(2_002);
    const goes = {
      "an image that was erased": ({ id }: Image) => one.client.images.erase(id),
      "a deleted image that was erased": async ({ id }: Image) => {
        await one.client.images.delete(id);
        await one.client.images.erase(id);
      },
      "an image that has expired": ({ id }: Image) =>
        one.client.images.update(id, { expiresAt: new Date(Date.now() + 100) }),
    };
    for (const [what, go] of Object.entries(goes)) {
      const image = await one.client.images.upload(bytes);
      expect(await isRendered(other, image)).toBe(true);
      // From the second request on it is in memory.
      for (let times = 0; times < 3; times++) expect(await isRendered(other, image)).toBe(false);
      const places = new Set((await copies(other, image)).map((each) => each.split("/")[0]));
      expect(places).toEqual(new Set(["derivatives", "sources"]));
      await go(image);
      const gone = async () =>
        (await copies(one, image)).length === 0 && (await copies(other, image)).length === 0;
      await until(`the copies of ${what} are gone`, gone, BOUND_MILLISECONDS);
      await until("its bytes are gone", async () => (await objects(new Bucket(address), image)).length === 0);
      const isUnknown = async () => (await fetch(`${other.url}/images/${image.id}`)).status === 404;
      await until("the other node has heard of it", isUnknown, 1_200);
      // An upload of the same bytes would find their old renders in memory.
      const again = await one.client.images.upload(bytes);
      expect(await isRendered(other, again)).toBe(true);
      await one.client.images.erase(again.id);
      await until("the copies are gone", async () => (await copies(other, again)).length === 0);
    }
  }, 120_000);
});
