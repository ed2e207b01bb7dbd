import { expect, test } from "bun:test";
import { join } from "node:path";
import { Bucket } from "@progimage/core/adapters";
import { sharedS3, testFolder, until } from "@progimage/core/testing";
import { bucketSettings } from "../end_to_end/testing_bucket.ts";
import { noise } from "../end_to_end/testing_pictures.ts";
import { descendants, startServer } from "../end_to_end/testing_server.ts";
import { NO_VOLUMES, smallVolume } from "../end_to_end/testing_volume.ts";

const s3 = await sharedS3();

if (NO_VOLUMES) console.error(`A full disk of a node on S3 was not tested: ${NO_VOLUMES}`);

test.skipIf(NO_VOLUMES !== null || !s3)(
  "a node on S3 whose own disk is full refuses what another has rendered as storage_full, goes on, and recovers",
  async () => {
    if (!s3) return;
    await using folder = await testFolder();
    const address = await s3.freshBucket();
    const settings = {
      ...bucketSettings(address),
      PROGIMAGE_DB_DIR: join(folder.path, "db"),
      PROGIMAGE_RENDER_PROCESSES: "1",
    };
    await using one = await startServer({ settings });
    const { id } = await one.client.images.upload(await noise(1, 1200, 900));
    const path = `/images/${id}.png?resize=900x`;
    const rendered = await (await fetch(one.url + path)).bytes();
    const bucket = new Bucket(address);
    await until("it is in the bucket", async () => {
      return (await Array.fromAsync(bucket.list("derivatives/"))).length > 0;
    });
    await using volume = await smallVolume(16_000_000);
    await using other = await startServer({ settings: { ...settings, PROGIMAGE_FS_DIR: volume.path } });
    const [httpProcess] = await descendants(other.pid);
    await volume.fill(200_000);
    for (let tries = 0; tries < 3; tries++) {
      const response = await fetch(other.url + path);
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
        507,
        "storage_full",
      ]);
    }
    await volume.empty();
    await until("it is there again", async () => (await fetch(other.url + path)).status === 200);
    expect(await (await fetch(other.url + path)).bytes()).toEqual(rendered);
    expect((await descendants(other.pid))[0]).toBe(httpProcess ?? 0);
  },
);
