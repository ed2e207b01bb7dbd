import { until } from "@progimage/core/testing";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import sharp from "sharp";
import { noise } from "../end_to_end/testing_pictures.ts";
import { blobsBelow, filesBelow, startServer, type TestServer } from "../end_to_end/testing_server.ts";
import { NO_VOLUMES, type SmallVolume, smallVolume } from "../end_to_end/testing_volume.ts";

const VOLUME_BYTES = 24_000_000;

/** Amounts of free space at which each step of an upload is the first to fail. */
const LEFT_BYTES = [0, 4_096, 16_384, 40_960, 65_536, 131_072, 262_144];

const SMALL = [200, 150] as const;
const LARGE = [800, 600] as const;

if (NO_VOLUMES) console.log(`Full disks were not tested: ${NO_VOLUMES}`);

describe.skipIf(NO_VOLUMES !== null)("a full disk", () => {
  async function withFull(
    setting: string,
    work: (server: TestServer, volume: SmallVolume) => Promise<void>,
  ): Promise<void> {
    await using volume = await smallVolume(VOLUME_BYTES);
    await using server = await startServer({ settings: { [setting]: volume.path } });
    await work(server, volume);
    expect(server.log()).not.toContain("ended with code");
  }

  test("of images refuses uploads and renders, still serves stored images, and recovers", () =>
    withFull("PROGIMAGE_FS_DIR", async (server, volume) => {
      const picture = await photo(1);
      const { id } = await server.client.images.upload(picture);
      const kept = await rendered(server, id, 300);
      expect(kept.status).toBe(200);
      const outcomes = await fillUp(server, volume, async (left) => {
        const answer = await rendered(server, id, 100 + (left >> 10));
        expect([200, 507]).toContain(answer.status);
        if (answer.status === 200) await expectWhole(answer.bytes);
      });
      expect(outcomes).toContain("storage_full");
      expect(Buffer.compare(await original(server, id), picture)).toBe(0);
      expect((await rendered(server, id, 300)).bytes).toEqual(kept.bytes);
      await expectNothingLeft(server, volume.path);
      await volume.empty();
      expect(await outcomeOf(server, await photo(2))).toBe("kept");
      expect((await rendered(server, id, 222)).status).toBe(200);
    }));

  test("of the database refuses uploads and changes, still serves stored images, and recovers", () =>
    withFull("PROGIMAGE_DB_DIR", async (server, volume) => {
      const picture = await photo(1);
      const { id } = await server.client.images.upload(picture);
      const outcomes = await fillUp(server, volume, async () => {
        expect((await rendered(server, id, 300)).status).toBe(200);
      });
      expect(outcomes).toContain("storage_full");
      expect(Buffer.compare(await original(server, id), picture)).toBe(0);
      const { items } = await server.client.images.list({ limit: 1000 }).page();
      expect(items.map((image) => image.id)).toContain(id);
      await expectNothingLeft(server, join(server.dataDir, "fs"));
      await volume.empty();
      expect(await outcomeOf(server, await photo(2))).toBe("kept");
    }));

  for (const setting of ["PROGIMAGE_DB_DIR", "PROGIMAGE_DATA_DIR"])
    test(`under ${setting} lets images be deleted and erased, one by one and all at once`, () =>
      withFull(setting, async (server, volume) => {
        const pictures = await Promise.all(Array.from({ length: 60 }, (_, index) => photo(200 + index * 2)));
        const ids = await Promise.all(
          pictures.map(async (picture) => (await server.client.images.upload(picture)).id),
        );
        await volume.fill();
        expect(await outcomeOf(server, await photo(99))).toBe("storage_full");
        const [first = "", second = "", ...others] = ids;
        const statusOf = async (method: string, path: string) =>
          (await fetch(`${server.url}/images/${path}`, { method })).status;
        expect(await statusOf("DELETE", first)).toBe(204);
        expect(await statusOf("POST", `${first}/erase`)).toBe(204);
        expect(await statusOf("POST", `${second}/erase`)).toBe(204);
        const deleted = await Array.fromAsync(server.client.images.select({ ids: others }).delete());
        expect(deleted.map(({ status }) => status)).toEqual(others.map(() => 204));
        // The room that a deletion gets is not for uploads.
        if (setting === "PROGIMAGE_DB_DIR")
          expect(await outcomeOf(server, await photo(98))).toBe("storage_full");
        await volume.empty();
        const isKept = async () => (await outcomeOf(server, await photo(97))) === "kept";
        await until("the server stores images again", isKept);
      }));

  test("of temporary files refuses services, accepts uploads, and recovers", () =>
    withFull("PROGIMAGE_TMP_DIR", async (server, volume) => {
      const picture = await photo(1);
      const convert = () =>
        fetch(`${server.url}/transforms/grayscale`, { method: "POST", body: new Uint8Array(picture) });
      expect((await convert()).status).toBe(200);
      for (const left of LEFT_BYTES) {
        await volume.empty().catch(() => {});
        await volume.fill(left);
        const response = await convert();
        expect([200, 507]).toContain(response.status);
        if (response.status === 200) await expectWhole(await response.bytes());
        else expect(await response.json()).toMatchObject({ code: "storage_full" });
      }
      await volume.fill();
      expect((await convert()).status).toBe(507);
      expect(await outcomeOf(server, await photo(3))).toBe("kept");
      expect(await filesBelow(volume.path)).toEqual(["filler"]);
      await volume.empty();
      expect((await convert()).status).toBe(200);
    }));
});

/** Sends uploads, 8 at a time, while less and less space is free. Returns their outcomes. */
async function fillUp(
  server: TestServer,
  volume: SmallVolume,
  between: (left: number) => Promise<void>,
): Promise<readonly string[]> {
  const outcomes: string[] = [];
  for (const [round, left] of LEFT_BYTES.toReversed().entries()) {
    await volume.fill(left);
    const pictures = await Promise.all(
      Array.from({ length: 8 }, (_, index) => photo(100 + round * 8 + index)),
    );
    outcomes.push(...(await Promise.all(pictures.map((picture) => outcomeOf(server, picture)))));
    await between(left);
  }
  await volume.fill();
  expect(await outcomeOf(server, await photo(99))).toBe("storage_full");
  return outcomes;
}

/** Returns the outcome of an upload, which must be one of two, within ten seconds. */
async function outcomeOf(server: TestServer, picture: Uint8Array<ArrayBuffer>): Promise<string> {
  const response = await fetch(`${server.url}/images`, {
    method: "POST",
    headers: { "content-type": "image/jpeg" },
    body: picture,
    signal: AbortSignal.timeout(10_000),
  });
  const { code = "kept" } = (await response.json()) as { readonly code?: string };
  expect([
    [201, "kept"],
    [507, "storage_full"],
  ]).toContainEqual([response.status, code]);
  return code;
}

/** Checks that the server keeps the bytes of its images, and nothing else. */
async function expectNothingLeft(server: TestServer, fsDir: string): Promise<void> {
  const images = await Array.fromAsync(server.client.images.list({ limit: 1000 }));
  const digests = images.map(({ sha256 }) => sha256).toSorted();
  const blobs = (await blobsBelow(fsDir)).map((path) => path.slice(3, 3 + 64));
  expect(blobs.toSorted()).toEqual(digests);
  expect(await filesBelow(join(fsDir, "incoming"))).toEqual([]);
  expect(await filesBelow(join(fsDir, "derivatives", "incoming"))).toEqual([]);
}

async function rendered(server: TestServer, id: string, width: number) {
  const response = await fetch(`${server.url}/images/${id}.png?resize=${width}x`);
  return { status: response.status, bytes: await response.bytes() };
}

async function original(server: TestServer, id: string): Promise<Uint8Array> {
  return new Uint8Array(await (await server.client.image(id).fetch()).arrayBuffer());
}

/** Returns a different JPEG for each seed: a small one, or one that arrives in several chunks. */
async function photo(seed: number): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await noise(seed, ...(seed % 2 === 0 ? SMALL : LARGE)));
}

async function expectWhole(bytes: Uint8Array): Promise<void> {
  await expect(sharp(bytes, { failOn: "warning" }).raw().toBuffer()).resolves.toBeInstanceOf(Buffer);
}
