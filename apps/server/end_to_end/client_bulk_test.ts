import { expect, test } from "bun:test";
import { join } from "node:path";
import { fromFile, recipe } from "@progimage/client";
import { unzipSync } from "fflate";
import { unpackTar } from "modern-tar";
import { tarOf } from "./testing_archives.ts";
import { noise } from "./testing_pictures.ts";
import { startServer } from "./testing_server.ts";

test("the client stores an archive, changes its images, downloads them in another format and deletes them", async () => {
  await using server = await startServer();
  const { client } = server;
  const files = await Promise.all(
    [1, 2, 3].map(async (seed) => ({ name: `${seed}.jpg`, bytes: await noise(seed) })),
  );
  const path = join(server.dataDir, "photos.tar");
  await Bun.write(path, await tarOf([...files, { name: "notes.txt", bytes: Buffer.from("text") }]));
  const results = await Array.fromAsync(client.images.uploadArchive(fromFile(path), { tags: ["album"] }));
  expect(results.map(({ status, image, name }) => [status, image?.name ?? name])).toEqual([
    [201, "1.jpg"],
    [201, "2.jpg"],
    [201, "3.jpg"],
    [415, "notes.txt"],
  ]);
  const four = new File([new Uint8Array(await noise(4))], "4.jpg");
  const sources = [four, { source: new File(["text"], "5.txt"), tags: ["own"] }];
  expect(await client.images.uploadAll(sources, { tags: ["more"] }).items()).toMatchObject([
    { index: 0, name: "4.jpg", status: 201, image: { tags: ["more"] } },
    { index: 1, name: "5.txt", status: 415, problem: { code: "unsupported_media" } },
  ]);
  const album = client.images.select({ filter: { tag: "album" } });
  const changed = await Array.fromAsync(album.update({ metadata: { seen: true } }));
  expect(changed).toHaveLength(3);
  for (const { image } of changed) expect(image?.metadata).toEqual({ seen: true });
  const tagged = await Array.fromAsync(album.update({ tags: { add: ["sale"] } }));
  for (const { image } of tagged) expect(image?.tags).toEqual(["album", "sale"]);
  // They are stored concurrently, so their order is random.
  const unnumbered = (names: readonly string[]) =>
    names.map((name) => name.slice("000001-".length)).toSorted();
  const zip = unzipSync(await (await album.archive()).bytes());
  expect(unnumbered(Object.keys(zip))).toEqual(["1.jpg", "2.jpg", "3.jpg"]);
  const first = Object.keys(zip).find((name) => name.endsWith("-1.jpg")) ?? "";
  expect(files[0]?.bytes.equals(zip[first] ?? Buffer.of())).toBe(true);
  const tile = recipe().thumbnail({ width: 16, height: 16 }).webp();
  const answer = await album.archive({ recipe: tile, as: "tar" });
  const tar = await unpackTar(await answer.bytes());
  expect(unnumbered(tar.map(({ header }) => header.name))).toEqual(["1.webp", "2.webp", "3.webp"]);
  expect(await Array.fromAsync(album.delete())).toHaveLength(3);
  expect(await Array.fromAsync(client.images.select({ all: true }).describe())).toMatchObject([
    { image: { name: "4.jpg" } },
  ]);
});

test("the client stops the work when the caller stops iterating", async () => {
  await using server = await startServer();
  const { client } = server;
  const names = Array.from({ length: 300 }, (_, index) => `${index}.jpg`);
  const picture = await noise(1);
  const tar = await tarOf(names.map((name) => ({ name, bytes: picture })));
  const results = client.images.uploadArchive(new Blob([tar]), { as: "tar" });
  for await (const { status } of results) {
    expect(status).toBe(201);
    break;
  }
  expect((await client.images.list({ limit: 1000 }).page()).items.length).toBeLessThan(300);
});
