import { describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Image } from "@progimage/client";
import { Bucket, FsFileExchange, ObjectFileExchange } from "@progimage/core/adapters";
import { samplePhoto, sharedS3, testFolder, until } from "@progimage/core/testing";
import type { FileExchange } from "@progimage/core";
import { bucketSettings } from "./testing_bucket.ts";
import { startServer, type TestServer } from "./testing_server.ts";

const s3 = await sharedS3();
const photo = await samplePhoto();

interface Place {
  readonly settings: Readonly<Record<string, string>>;
  readonly files: FileExchange;
}

importsFrom("a folder", async (folder) => {
  const place = join(folder, "exchange");
  await mkdir(place);
  return { settings: { PROGIMAGE_EXCHANGE_DIR: place }, files: new FsFileExchange(place) };
});

describe.skipIf(s3 === null)("on S3", () => {
  if (!s3) return;

  importsFrom("the bucket", async () => {
    const address = await s3.freshBucket();
    const files = new ObjectFileExchange(new Bucket(address), { prefix: "images/exchange/" });
    return { settings: { ...bucketSettings(address), PROGIMAGE_S3_PREFIX: "images" }, files };
  });

  importsFrom("another part of the bucket", async () => {
    const address = await s3.freshBucket();
    const files = new ObjectFileExchange(new Bucket(address), { prefix: "photos/" });
    return { settings: { ...bucketSettings(address), PROGIMAGE_EXCHANGE_PREFIX: "photos" }, files };
  });

  importsFrom("a folder beside S3", async (folder) => {
    const place = join(folder, "exchange");
    await mkdir(place);
    const settings = { ...bucketSettings(await s3.freshBucket()), PROGIMAGE_EXCHANGE_DIR: place };
    return { settings, files: new FsFileExchange(place) };
  });

  test("the exchange is not where images are stored", async () => {
    const settings = { ...bucketSettings(await s3.freshBucket()), PROGIMAGE_S3_PREFIX: "a/b" };
    for (const prefix of ["a", "a/b/blobs", "a/b/derivatives/x"]) {
      const start = startServer({ settings: { ...settings, PROGIMAGE_EXCHANGE_PREFIX: prefix } });
      await expect(start).rejects.toThrow(
        /exit code 2, .*as the server keeps a\/b\/(?:blobs|derivatives)\/ for itself/,
      );
    }
  });
});

test("without an exchange, the answer names the setting that opens one", async () => {
  await using server = await startServer();
  const refused = server.client.images.import({ prefix: "a/" });
  await expect(refused).rejects.toThrow(/no exchange.*PROGIMAGE_EXCHANGE_DIR/);
});

test("a folder that is not there stops the start", async () => {
  await using folder = await testFolder();
  await Bun.write(join(folder.path, "file"), "");
  for (const name of ["missing", "file"]) {
    const start = startServer({ settings: { PROGIMAGE_EXCHANGE_DIR: join(folder.path, name) } });
    await expect(start).rejects.toThrow(/exit code 2, Cannot use PROGIMAGE_EXCHANGE_DIR/);
  }
  const both = { PROGIMAGE_EXCHANGE_DIR: folder.path, PROGIMAGE_EXCHANGE_PREFIX: "x" };
  await expect(startServer({ settings: both })).rejects.toThrow(
    /exit code 2, Cannot use PROGIMAGE_EXCHANGE_PREFIX/,
  );
});

function importsFrom(name: string, makePlace: (folder: string) => Promise<Place>): void {
  test(`POST /images/import stores files of ${name} byte for byte, and lists failures`, async () => {
    await using folder = await testFolder();
    const { settings, files } = await makePlace(folder.path);
    const path = join(folder.path, "photo");
    await Bun.write(path, photo);
    const text = join(folder.path, "text");
    await Bun.write(text, "no image");
    for (const file of ["2024/a.png", "2024/12/ü b.png", "2025/c.png"]) await files.put(file, path);
    await files.put("2024/notes.txt", text);

    await using server = await startServer({ settings });
    const response = await fetch(`${server.url}/images/import`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        select: { exchange: { prefix: "2024/" } },
        attributes: { tags: ["old"], metadata: { from: "disk" } },
      }),
    });
    const job = (await response.json()) as { readonly id: string; readonly href: string };
    expect([response.status, response.headers.get("location")]).toEqual([
      202,
      `${server.url}/jobs/${job.id}`,
    ]);
    const images = await tagged(server, "old", 2);
    expect(
      images.map(({ name: file, metadata }) => [file, metadata["importedFrom"], metadata["from"]]),
    ).toEqual([
      ["a.png", "2024/a.png", "disk"],
      ["ü b.png", "2024/12/ü b.png", "disk"],
    ]);
    for (const { id } of images)
      expect(Buffer.compare(await (await server.client.image(id).fetch()).bytes(), photo)).toBe(0);

    await server.client.images.import({ all: true }, { tags: ["again"], onlyNew: true, priority: "high" });
    await server.client.images.import({ prefix: "2025/" }, { tags: ["new"], expiresIn: 3_600 });
    const [late] = await tagged(server, "new", 1);
    expect(late?.expiresAt).not.toBeNull();

    const select = { exchange: { prefix: "a/" } };
    for (const [body, said] of [
      [{}, "select"],
      [{ select: {} }, "select"],
      [{ select: { all: true } }, "select/all"],
      [{ select: { exchange: { prefix: "../" } } }, "select/exchange/prefix"],
      [{ select, onlyNew: "yes" }, "onlyNew"],
      [{ select, priority: "urgent" }, "priority"],
      [{ select, webhook: 1 }, "webhook"],
      [{ select, attributes: { name: "a" } }, "attributes/name"],
    ] as const) {
      const refused = await fetch(`${server.url}/images/import`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      expect([refused.status, await refused.json()]).toEqual([
        400,
        expect.objectContaining({
          code: expect.stringMatching(/^(?:invalid|unknown)_parameter$/),
          parameter: said,
        }),
      ]);
    }
  });
}

/** Waits until `count` images have a tag. */
async function tagged(server: TestServer, tag: string, count: number): Promise<readonly Image[]> {
  let items: readonly Image[] = [];
  await until(`${count} images have the tag ${tag}`, async () => {
    items = (await server.client.images.list({ tag }).page()).items;
    return items.length >= count || items.length;
  });
  return items.toSorted((one, other) => ((one.name ?? "") < (other.name ?? "") ? -1 : 1));
}
