import { describe, expect, test } from "bun:test";
import { mkdir, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { BlobEntry } from "../../blob/blob_store.ts";
import { ObjectBlobStore } from "../../blob/object_blob_store.ts";
import { imageFixture } from "../../image/image_fixture.ts";
import { Bucket } from "../../s3/bucket.ts";
import { sharedS3 } from "../../s3/testing_s3.ts";
import {
  DAY,
  openFileStorage,
  openMemoryStorage,
  putBytes,
  putImage,
  type StoragePorts,
  STORAGES,
  storedKeys,
  sweep,
  type TestStorage,
  WEEK,
} from "../../testing/testing_storage.ts";

/** The duration of the sweep's lease, in milliseconds. */
const LEASE = 120_000;

for (const { name, open } of STORAGES) {
  describe(`sweepStorage() with ${name}: each bound`, () => {
    /** Expects that nothing happens up to a moment, and moves the clock just past it. */
    async function atBound(
      storage: TestStorage,
      { since, bound }: { readonly since: number; readonly bound: number },
      options: Parameters<typeof sweep>[1],
    ) {
      storage.clock.now = since + bound;
      const before = await sweep(storage, options);
      storage.clock.now = since + bound + 1;
      const after = await sweep(storage, options);
      for (const swept of [before, after]) expect(swept).toMatchObject({ fault: null, failures: [] });
      return { before, after };
    }

    test("a deleted image is kept for its grace", async () => {
      await using storage = await open();
      const { ports, clock } = storage;
      const { image, key } = await putImage(storage);
      await ports.catalog.removeMany([image.id]);
      const times = { since: clock.now, bound: 3 * DAY };
      const { before, after } = await atBound(storage, times, { deletedGrace: 3 * DAY });
      expect([before?.releasedImages, after?.releasedImages]).toEqual([0, 1]);
      expect(await ports.deleted.restore([image.id], 0)).toEqual([]);
      expect((await storedKeys(ports)).store).toEqual([key]);
    });

    test("by default, deleted images and blobs in quarantine are kept for a week", async () => {
      await using storage = await open();
      const { ports, clock, folder } = storage;
      const { image } = await putImage(storage);
      await ports.blobs.quarantine.put(await putBytes(ports, folder));
      await ports.catalog.removeMany([image.id]);
      const { before, after } = await atBound(storage, { since: clock.now, bound: WEEK }, { shard: "ab" });
      expect([before?.releasedImages, after?.releasedImages]).toEqual([0, 1]);
      expect([before?.discardedBlobs, after?.discardedBlobs]).toEqual([0, 1]);
    });

    test("a blob without an image is condemned after the grace, and removed from the ledger by a later look", async () => {
      await using storage = await open();
      const { ports, clock } = storage;
      const { image, key } = await putImage(storage);
      await ports.catalog.removeMany([image.id]);
      const deletedGrace = 0;
      clock.now += 1;
      expect(await sweep(storage, { deletedGrace })).toMatchObject({ releasedImages: 1, condemnedBlobs: 0 });
      const idle = await atBound(storage, { since: clock.now, bound: 2 * DAY }, { grace: 2 * DAY });
      expect([idle.before?.condemnedBlobs, idle.after?.condemnedBlobs]).toEqual([0, 1]);
      expect(idle.after?.removedBlobs).toBe(0);
      const times = { since: clock.now, bound: (2 * DAY) / 24 };
      const condemned = await atBound(storage, times, { grace: 2 * DAY });
      expect([condemned.before?.removedBlobs, condemned.after?.removedBlobs]).toEqual([0, 1]);
      expect(await ports.ledger.known([key])).toEqual(new Set());
      expect(await storedKeys(ports)).toEqual({ store: [], quarantine: [] });
    });

    test("a blob that gets an image between the two looks stays", async () => {
      await using storage = await open();
      const { ports, clock } = storage;
      const { image, key } = await putImage(storage);
      await ports.catalog.removeMany([image.id]);
      clock.now += 1;
      await sweep(storage, { deletedGrace: 0 });
      clock.now += DAY + 1;
      expect(await sweep(storage)).toMatchObject({ condemnedBlobs: 1 });
      await ports.catalog.add(imageFixture({ sha256: image.sha256 }), null);
      for (let round = 0; round < 3; round++) {
        clock.now += DAY + 1;
        expect(await sweep(storage)).toMatchObject({ condemnedBlobs: 0, removedBlobs: 0 });
      }
      expect((await storedKeys(ports)).store).toEqual([key]);
    });

    test("a blob without a record goes into quarantine once it is older than the grace", async () => {
      await using storage = await open();
      const { ports, clock, folder } = storage;
      const key = await putBytes(ports, folder);
      const times = { since: clock.now, bound: 2 * DAY };
      const { before, after } = await atBound(storage, times, { grace: 2 * DAY, shard: "ab" });
      expect([before?.strayBlobs, after?.strayBlobs]).toEqual([0, 1]);
      expect(await storedKeys(ports)).toEqual({ store: [], quarantine: [key] });
    });

    test("a blob in quarantine is removed when its time there is over", async () => {
      await using storage = await open();
      const { ports, clock, folder } = storage;
      const key = await putBytes(ports, folder);
      const options = { shard: "ab", quarantineTime: 5 * DAY };
      clock.now += 2 * DAY;
      expect(await sweep(storage, options)).toMatchObject({ strayBlobs: 1, discardedBlobs: 0 });
      const aside = clock.now;
      clock.now = aside + 5 * DAY;
      expect(await sweep(storage, options)).toMatchObject({ discardedBlobs: 0 });
      expect(await storedKeys(ports)).toEqual({ store: [], quarantine: [key] });
      const { before, after } = await atBound(storage, { since: aside, bound: 5 * DAY }, options);
      expect([before?.discardedBlobs, after?.discardedBlobs]).toEqual([0, 1]);
      expect(await storedKeys(ports)).toEqual({ store: [], quarantine: [] });
    });

    test("an image is erased, with its bytes, from the moment at which it expires", async () => {
      await using storage = await open();
      const { ports, clock } = storage;
      const { image } = await putImage(storage, { expiresAt: clock.now + DAY });
      const { before, after } = await atBound(storage, { since: clock.now, bound: DAY - 1 }, {});
      expect([before?.expiredImages, after?.expiredImages]).toEqual([0, 1]);
      expect(await ports.catalog.findMany([image.id])).toEqual([]);
      expect(await storedKeys(ports)).toEqual({ store: [], quarantine: [] });
    });

    test("removed bytes stay on record for a week, and are not recovered in that time", async () => {
      await using storage = await open();
      const { ports, clock } = storage;
      const { key } = await putImage(storage, { expiresAt: clock.now });
      await sweep(storage);
      const removedAt = clock.now;
      const isOnRecord = async () => (await ports.removals.among([key])).size === 1;
      clock.now = removedAt + WEEK;
      await sweep(storage);
      expect(await isOnRecord()).toBe(true);
      clock.now = removedAt + WEEK + 1;
      await sweep(storage);
      expect(await isOnRecord()).toBe(false);
    });

    test("bytes that a crash left of a removal are removed, and do not count as strays", async () => {
      await using storage = await open();
      const { ports, clock } = storage;
      const { key } = await putImage(storage, { expiresAt: clock.now });
      await ports.deleted.eraseExpired(10);
      clock.now += 2 * DAY;
      await ports.removals.finish([key]);
      expect(await sweep(storage, { shard: "ab" })).toMatchObject({ strayBlobs: 0 });
      expect(await storedKeys(ports)).toEqual({ store: [], quarantine: [] });
    });
  });

  describe(`sweepStorage() with ${name}: its lease`, () => {
    test("a second holder changes nothing until the lease of the first expires", async () => {
      await using storage = await open();
      const { ports, clock, rows } = storage;
      await makeEverythingDue(storage);
      // The first holder has just begun its round.
      expect(await ports.ledger.lease("sweep", "one", LEASE)).toBe(true);
      const before = { rows: await rows(), files: await filesOf(storage) };
      for (const later of [0, LEASE - 1]) {
        clock.now += later;
        expect(await sweep(storage, { holder: "other", shard: "ab" })).toBeNull();
        expect({ rows: await rows(), files: await filesOf(storage) }).toEqual(before);
      }
      clock.now += 1;
      const swept = await sweep(storage, { holder: "other", shard: "ab" });
      expect(swept).toEqual(EVERYTHING);
      expect(await filesOf(storage)).not.toEqual(before.files);
      // The second process holds the lease now.
      expect(await sweep(storage, { holder: "one" })).toBeNull();
    });

    test("each round of the holder renews it", async () => {
      await using storage = await open();
      for (let round = 0; round < 3; round++) {
        expect(await sweep(storage, { holder: "one" })).not.toBeNull();
        storage.clock.now += LEASE - 1;
        expect(await sweep(storage, { holder: "other" })).toBeNull();
      }
      storage.clock.now += 1;
      expect(await sweep(storage, { holder: "other" })).not.toBeNull();
    });
  });

  describe(`sweepStorage() with ${name}: more than is freed at a time`, () => {
    /** More than four batches, and not a multiple of a batch. */
    const MANY = 230;

    async function removeMany(storage: TestStorage): Promise<void> {
      const ids: string[] = [];
      for (let count = 0; count < MANY; count++) ids.push((await putImage(storage)).image.id);
      await storage.ports.catalog.removeMany(ids);
      storage.clock.now += 1;
    }

    test("is freed in one round, batch by batch", async () => {
      await using storage = await open();
      const { ports, clock } = storage;
      await removeMany(storage);
      expect(await sweep(storage, { deletedGrace: 0 })).toMatchObject({ releasedImages: MANY, failures: [] });
      clock.now += DAY + 1;
      expect(await sweep(storage)).toMatchObject({ condemnedBlobs: MANY, removedBlobs: 0 });
      // Such rows must not slow down the search for the next ones.
      expect(JSON.stringify(await storage.rows())).not.toMatch(/"idle_?since":\d/i);
      clock.now += DAY / 24 + 1;
      expect(await sweep(storage)).toMatchObject({ removedBlobs: MANY, failures: [] });
      expect(await storedKeys(ports)).toEqual({ store: [], quarantine: [] });
      clock.now += WEEK + 1;
      expect(await sweep(storage)).toMatchObject({ forgottenRemovals: MANY, failures: [] });
      for (let count = 0; count < MANY; count++) await putImage(storage, { expiresAt: clock.now });
      clock.now += 1;
      expect(await sweep(storage)).toMatchObject({ expiredImages: MANY, failures: [] });
    });

    test("is freed one batch per round once the budget is used up", async () => {
      await using storage = await open();
      await removeMany(storage);
      const released: unknown[] = [];
      for (let round = 0; round < 6; round++)
        released.push((await sweep(storage, { deletedGrace: 0, budget: 0 }))?.releasedImages);
      expect(released).toEqual([50, 50, 50, 50, 30, 0]);
    });

    test("stops after a batch when the process stops", async () => {
      await using storage = await open();
      await removeMany(storage);
      const signal = AbortSignal.abort();
      expect(await sweep(storage, { deletedGrace: 0, signal })).toMatchObject({ releasedImages: 50 });
    });
  });

  describe(`sweepStorage() with ${name}: parts that fail`, () => {
    const broken: readonly (readonly [
      keyof typeof EVERYTHING,
      (ports: StoragePorts) => Partial<StoragePorts>,
    ])[] = [
      ["expiredImages", ({ deleted }) => ({ deleted: replacing(deleted, { eraseExpired: fail }) })],
      ["releasedImages", ({ deleted }) => ({ deleted: replacing(deleted, { release: fail }) })],
      ["condemnedBlobs", ({ ledger }) => ({ ledger: replacing(ledger, { condemn: fail }) })],
      ["removedBlobs", ({ ledger }) => ({ ledger: replacing(ledger, { release: fail }) })],
      ["forgottenRemovals", ({ removals }) => ({ removals: replacing(removals, { forget: fail }) })],
      ["strayBlobs", ({ blobs }) => ({ blobs: replacing(blobs, { list: failingList }) })],
      [
        "discardedBlobs",
        ({ blobs }) => {
          const list: typeof blobs.list = (beginning) =>
            beginning.length === 2 ? failingList() : blobs.quarantine.list(beginning);
          return { blobs: replacing(blobs, { quarantine: replacing(blobs.quarantine, { list }) }) };
        },
      ],
      [
        "orphanedDerivatives",
        ({ derivatives }) => ({ derivatives: replacing(derivatives, { sources: fail }) }),
      ],
    ];
    for (const [part, spoil] of broken)
      test(`${part} do not affect the other parts`, async () => {
        await using storage = await open();
        await makeEverythingDue(storage);
        const ports = { ...storage.ports, ...spoil(storage.ports) };
        expect(await sweep({ ports }, { shard: "ab" })).toEqual({
          ...EVERYTHING,
          [part]: 0,
          failures: [new Error("It is broken")],
        });
      });
  });
}

describe("sweepStorage() on a failing disk", () => {
  test("a broken folder is reported, and does not affect the rest", async () => {
    await using storage = await openFileStorage();
    const { folder, ports, clock } = storage;
    await putImage(storage, { expiresAt: clock.now, beginning: "ab" });
    await Bun.write(join(folder, "blobs", "cd"), "no folder");
    await Bun.write(join(folder, "derivatives", "cd"), "no folder");
    const swept = await sweep(storage, { shard: "cd" });
    expect(swept).toMatchObject({ expiredImages: 1, strayBlobs: 0, orphanedDerivatives: 0, fault: null });
    expect(swept?.failures).toEqual([1, 2].map(() => expect.objectContaining({ code: "ENOTDIR" })));
    expect(await Array.fromAsync(ports.blobs.list("ab"))).toEqual([]);
  });
});

describe("sweepStorage() and what is not ours", () => {
  test("foreign files, folders and links are reported and not touched, and blobs beside them are swept", async () => {
    await using storage = await openFileStorage();
    const { ports, folder, clock } = storage;
    const key = await putBytes(ports, folder);
    const place = join(folder, "blobs", "ab");
    const folderLikeBlob = `${key.slice(0, 60)}0000-${crypto.randomUUID()}`;
    const elsewhere = `cd${key.slice(2, 64)}-${crypto.randomUUID()}`;
    await Bun.write(join(place, "notes.txt"), "not ours");
    await Bun.write(join(place, `${key}.bak`), "not ours");
    await Bun.write(join(place, elsewhere), "ours, in the wrong place");
    await Bun.write(join(place, "folder", "file"), "not ours");
    await mkdir(join(place, folderLikeBlob));
    await symlink("loop", join(place, "loop"));
    const names = ["notes.txt", `${key}.bak`, elsewhere, "folder", folderLikeBlob, "loop"];
    for (const each of names.slice(0, -1)) await utimes(join(place, each), 1, 1);
    clock.now += 2 * DAY;
    const swept = await sweep(storage, { shard: "ab" });
    expect(swept).toMatchObject({ strayBlobs: 1, fault: null, failures: [] });
    expect(swept?.foreignFiles.toSorted()).toEqual(names.map((each) => `ab/${each}`).toSorted());
    expect((await storedKeys(ports)).quarantine).toEqual([key]);
    expect(await Bun.file(join(place, "folder", "file")).text()).toBe("not ours");
    const { foreignFiles } = (await sweep(storage, { shard: "ab" })) ?? {};
    expect(foreignFiles).toHaveLength(names.length);
  });

  test("a foreign file in quarantine stays there", async () => {
    await using storage = await openFileStorage();
    const { ports, folder, clock } = storage;
    const key = await putBytes(ports, folder);
    await ports.blobs.quarantine.put(key);
    const foreign = join(folder, "blobs", "quarantine", "ab", "notes.txt");
    await Bun.write(foreign, "not ours");
    await utimes(foreign, 1, 1);
    clock.now += 2 * WEEK;
    expect(await sweep(storage, { shard: "ab" })).toMatchObject({ discardedBlobs: 1, failures: [] });
    expect(await Bun.file(foreign).text()).toBe("not ours");
  });

  test("blobs without a time in the listing are reported and not touched", async () => {
    await using storage = await openMemoryStorage();
    const { ports, folder, clock } = storage;
    const keys = [await putBytes(ports, folder), await putBytes(ports, folder)];
    const [first = "", second = ""] = keys;
    await ports.blobs.quarantine.put(second);
    clock.now += 10 * WEEK;
    const { quarantine } = ports.blobs;
    const blobs = replacing(ports.blobs, {
      list: (beginning) => withoutTimes(ports.blobs.list(beginning)),
      quarantine: replacing(quarantine, { list: (beginning) => withoutTimes(quarantine.list(beginning)) }),
    });
    const swept = await sweep({ ports: { ...ports, blobs } }, { shard: "ab" });
    expect(swept).toMatchObject({
      strayBlobs: 0,
      discardedBlobs: 0,
      failures: [],
      foreignFiles: [first, second],
    });
    expect(await storedKeys(ports)).toEqual({ store: [first], quarantine: [second] });
  });
});

const s3 = await sharedS3();

describe.skipIf(s3 === null)("sweepStorage() and what is not ours in a bucket", async () => {
  if (!s3) return;
  const bucket = new Bucket(await s3.freshBucket());

  test("foreign objects are reported and not touched, and blobs beside them are swept", async () => {
    await using storage = await openMemoryStorage();
    const { folder, clock } = storage;
    const prefix = `${crypto.randomUUID()}/`;
    const ports = { ...storage.ports, blobs: new ObjectBlobStore(bucket, { prefix }) };
    const key = await putBytes(ports, folder);
    const names = ["notes.txt", `${key}.bak`, "folder/file", `${key}/${key}`];
    for (const each of names) await bucket.putText(`${prefix}blobs/ab/${each}`, "not ours");
    clock.now = Date.now() + 2 * DAY;
    const swept = await sweep({ ports }, { shard: "ab" });
    expect(swept).toMatchObject({ strayBlobs: 1, fault: null, failures: [] });
    expect(swept?.foreignFiles.toSorted()).toEqual(names.map((each) => `ab/${each}`).toSorted());
    expect((await storedKeys(ports)).quarantine).toEqual([key]);
    for (const each of names) expect(await bucket.readText(`${prefix}blobs/ab/${each}`)).toBe("not ours");
  });
});

/** The result of a round after {@linkcode makeEverythingDue}. */
const EVERYTHING = {
  expiredImages: 1,
  releasedImages: 1,
  condemnedBlobs: 1,
  removedBlobs: 1,
  forgottenRemovals: 1,
  strayBlobs: 1,
  discardedBlobs: 1,
  orphanedDerivatives: 1,
  foreignFiles: [],
  fault: null,
  failures: [],
};

/** Gives each part of a round one thing to do. */
async function makeEverythingDue(storage: TestStorage): Promise<void> {
  const { ports, clock, folder } = storage;
  const removed = async () => {
    const { image } = await putImage(storage);
    await ports.catalog.removeMany([image.id]);
  };
  const { image, key } = await putImage(storage);
  await ports.deleted.erase([image.id]);
  await ports.blobs.remove(key);
  await ports.removals.finish([key]);
  await removed();
  await removed();
  clock.now += 1;
  // The blob of the first is condemned, that of the second is idle, and the third image is deleted.
  expect(await ports.deleted.release(clock.now, 1)).toBe(1);
  clock.now += DAY + 1;
  expect(await ports.ledger.condemn(clock.now - DAY, 10)).toBe(1);
  expect(await ports.deleted.release(clock.now, 1)).toBe(1);
  await removed();
  const [aside] = [await putBytes(ports, folder), await putBytes(ports, folder)];
  await ports.blobs.quarantine.put(aside);
  await putImage(storage, { expiresAt: clock.now });
  clock.now += WEEK + 1;
  const path = join(folder, "derivatives", "ab", `${"ab".repeat(16)}-${"cd".repeat(32)}`);
  await Bun.write(path, "rendered");
  await utimes(path, 1, 1);
}

/** Returns the stored files, of a store on disk or in memory. */
async function filesOf({ ports, folder }: TestStorage) {
  const derivatives = await Array.fromAsync(new Bun.Glob("**").scan(join(folder, "derivatives")));
  return { ...(await storedKeys(ports)), derivatives: derivatives.toSorted() };
}

/** Returns a port with some of its methods replaced. */
function replacing<T extends object>(port: T, methods: Partial<T>): T {
  return new Proxy(port, {
    get: (target, name) => {
      const own: unknown = Reflect.get(target, name);
      return Reflect.get(methods, name) ?? (typeof own === "function" ? own.bind(target) : own);
    },
  });
}

async function fail(): Promise<never> {
  throw new Error("It is broken");
}

/** Fails when a part of a store is listed. */
async function* failingList(): AsyncGenerator<never> {
  yield await fail();
}

async function* withoutTimes(entries: AsyncIterable<BlobEntry>): AsyncGenerator<BlobEntry> {
  for await (const entry of entries) yield { ...entry, publishedAt: Number.NaN };
}
