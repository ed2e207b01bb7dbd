import { expect, test } from "bun:test";
import { join } from "node:path";
import { SqliteDatabase, SqliteUsageRecords } from "@progimage/core/adapters";
import { noise } from "./testing_pictures.ts";
import { blobsBelow, startServer } from "./testing_server.ts";

const QUOTA = { code: "quota_exceeded", status: 403 };

test("an upload beyond the quota is a 403 that leaves nothing, until an image is erased", async () => {
  await using server = await startServer();
  using database = new SqliteDatabase(join(server.dataDir, "db", "progimage.sqlite"));
  const usage = new SqliteUsageRecords(database);
  const { images } = server.client;
  const first = await images.upload(await noise(1), { idempotencyKey: "first" });
  await usage.setLimits("", { images: 2, bytes: null });
  const pictures = await Promise.all([2, 3, 4, 5, 6, 7].map((seed) => noise(seed)));
  const uploads = await Promise.allSettled(pictures.map((picture) => images.upload(picture)));
  const refused = uploads.filter((result) => result.status === "rejected");
  expect(refused).toHaveLength(5);
  for (const { reason } of refused) expect(reason).toMatchObject(QUOTA);
  expect(await blobsBelow(join(server.dataDir, "fs"))).toHaveLength(2);
  expect((await images.upload(await noise(1), { idempotencyKey: "first" })).id).toBe(first.id);
  await images.delete(first.id);
  await expect(images.upload(await noise(8))).rejects.toMatchObject(QUOTA);
  await images.erase(first.id);
  await images.upload(await noise(8));
  expect(await usage.read("")).toMatchObject({ images: 2 });
});
