import { expect, test } from "bun:test";
import { MemoryBlobLedger } from "../../blob/memory_blob_ledger.ts";
import { MemoryRemovalRecord } from "../../blob/memory_removal_record.ts";
import { MemoryTables } from "../../database/memory_tables.ts";
import type { StoredImage } from "../image.ts";
import { MemoryUsageRecords } from "../../tenant/memory_usage_records.ts";
import { usageRecordsContract } from "../../tenant/usage_records_contract.ts";
import { deletedImagesContract } from "../deleted/deleted_images_contract.ts";
import { ChangeStamps } from "./change_stamps.ts";
import { imageCatalogContract, type MakeCatalog } from "./image_catalog_contract.ts";
import { otherOwnerContract } from "./other_owner_contract.ts";
import { imageFixture } from "../image_fixture.ts";
import { MemoryDeletedImages } from "../deleted/memory_deleted_images.ts";
import { MemoryImageCatalog } from "./memory_image_catalog.ts";
import { RecentImageCatalog } from "./recent_image_catalog.ts";

const makeCatalog: MakeCatalog = (now) => {
  const tables = new MemoryTables();
  const catalog = new RecentImageCatalog(new MemoryImageCatalog(tables, now), { now });
  // The contract covers the cache too.
  Object.assign(catalog, { find: (id: string) => catalog.findToDeliver(id) });
  return {
    catalog,
    deleted: catalog.watch(new MemoryDeletedImages(tables, now)),
    ledger: new MemoryBlobLedger(tables, now),
    removals: new MemoryRemovalRecord(tables),
    usage: new MemoryUsageRecords(tables),
    [Symbol.asyncDispose]: async () => {},
  };
};

imageCatalogContract("RecentImageCatalog", makeCatalog);
otherOwnerContract("RecentImageCatalog", makeCatalog);
deletedImagesContract("RecentImageCatalog", makeCatalog);
usageRecordsContract("RecentImageCatalog", makeCatalog);

const OFFER = { key: "key", validUntil: Number.MAX_SAFE_INTEGER };

test("RecentImageCatalog.findToDeliver() queries once for repeated requests", async () => {
  const inner = new MemoryImageCatalog(new MemoryTables());
  let asked = 0;
  const find = inner.find.bind(inner);
  inner.find = (id) => {
    asked++;
    return find(id);
  };
  const catalog = new RecentImageCatalog(inner, { lifetime: 40 });
  const image = imageFixture();
  await catalog.add(image, OFFER);
  for (let count = 0; count < 5; count++) expect((await catalog.findToDeliver(image.id))?.id).toBe(image.id);
  expect(asked).toBe(1);
  await Bun.sleep(60);
  await catalog.findToDeliver(image.id);
  expect(asked).toBe(2);
});

test("RecentImageCatalog.findToDeliver() does not cache a read that began before a change and ended after it", async () => {
  const inner = new MemoryImageCatalog(new MemoryTables());
  const catalog = new RecentImageCatalog(inner);
  const image = imageFixture();
  await catalog.add(image, OFFER);
  const find = inner.find.bind(inner);
  const { promise: late, resolve: goOn } = Promise.withResolvers<void>();
  inner.find = async (id): Promise<StoredImage | null> => {
    const found = await find(id);
    await late;
    return found;
  };
  const reading = catalog.findToDeliver(image.id);
  await Bun.sleep(1);
  await catalog.remove(image.id);
  goOn();
  expect(await reading).not.toBeNull();
  inner.find = find;
  expect(await catalog.findToDeliver(image.id)).toBeNull();
});

test("RecentImageCatalog sees its own purges at once", async () => {
  let now = 1_000;
  const catalog = new RecentImageCatalog(new MemoryImageCatalog(new MemoryTables(), () => now));
  const image = imageFixture();
  await catalog.add(image, OFFER);
  const generation = async () => (await catalog.findToDeliver(image.id))?.generation;
  expect(await generation()).toBe(0);
  await catalog.purge([image.id]);
  expect(await generation()).toBe(1_000);
  now = 2_000;
  await catalog.purgeAll();
  expect(await generation()).toBe(2_000);
});

test("RecentImageCatalog.findToDeliver() does not cache reads while a purge is in progress", async () => {
  const inner = new MemoryImageCatalog(new MemoryTables(), () => 1_000);
  const catalog = new RecentImageCatalog(inner);
  const [one, other] = [imageFixture(), imageFixture()];
  for (const image of [one, other]) await catalog.add(image, { ...OFFER, key: image.id });
  const purge = inner.purge.bind(inner);
  const purgeAll = inner.purgeAll.bind(inner);
  for (const start of [() => catalog.purge([one.id]), () => catalog.purgeAll()]) {
    const { promise: held, resolve: goOn } = Promise.withResolvers<void>();
    // A change is visible before its caller knows that it is durable.
    inner.purge = async (ids) => (await held, await purge(ids));
    inner.purgeAll = async () => (await held, await purgeAll());
    const before = (await catalog.findToDeliver(one.id))?.generation ?? -1;
    const purging = start();
    expect((await catalog.findToDeliver(one.id))?.generation).toBe(before);
    expect(catalog.recall(one.id)).toBeNull();
    goOn();
    await purging;
    expect((await catalog.findToDeliver(one.id))?.generation).toBeGreaterThan(before);
  }
  await catalog.findToDeliver(other.id);
  expect(catalog.recall(other.id)?.id).toBe(other.id);
});

test("RecentImageCatalog.watch() drops an image during and after its erasure", async () => {
  const tables = new MemoryTables();
  const catalog = new RecentImageCatalog(new MemoryImageCatalog(tables));
  const inner = new MemoryDeletedImages(tables);
  const deleted = catalog.watch(inner);
  const image = imageFixture();
  await catalog.add(image, OFFER);
  await catalog.findToDeliver(image.id);
  expect(catalog.recall(image.id)?.id).toBe(image.id);
  const { promise: held, resolve: goOn } = Promise.withResolvers<void>();
  const erase = inner.erase.bind(inner);
  inner.erase = async (ids) => (await held, await erase(ids));
  const erasing = deleted.erase([image.id]);
  expect(await catalog.findToDeliver(image.id)).not.toBeNull();
  expect(catalog.recall(image.id)).toBeNull();
  goOn();
  expect((await erasing).images).toHaveLength(1);
  expect(catalog.recall(image.id)).toBeNull();
  expect(await catalog.findToDeliver(image.id)).toBeNull();
});

test("RecentImageCatalog.forgetBlob() and a replacement of bytes drop every image of the blob", async () => {
  const tables = new MemoryTables();
  const [catalog, ledger] = [
    new RecentImageCatalog(new MemoryImageCatalog(tables)),
    new MemoryBlobLedger(tables),
  ];
  const [first, twin, other] = [imageFixture(), imageFixture(), imageFixture()];
  const sha256 = first.sha256;
  await catalog.add(first, OFFER);
  await catalog.add({ ...twin, sha256 }, null);
  await catalog.add(other, { ...OFFER, key: "other" });
  for (const { id } of [first, twin, other])
    expect(await catalog.findToDeliver(id)).toMatchObject({ isDamaged: false });
  await ledger.setDamaged("key", true);
  await ledger.setDamaged("other", true);
  catalog.forgetBlob("key");
  for (const { id } of [first, twin]) {
    expect(catalog.recall(id)).toBeNull();
    expect(await catalog.findToDeliver(id)).toMatchObject({ blobKey: "key", isDamaged: true });
  }
  expect(catalog.recall(other.id)).toMatchObject({ isDamaged: false });
  await catalog.add({ ...imageFixture(), sha256 }, { ...OFFER, key: "new", replaces: "key" });
  for (const { id } of [first, twin])
    expect(await catalog.findToDeliver(id)).toMatchObject({ blobKey: "new", isDamaged: false });
});

test("RecentImageCatalog delivers no image that another one has changed, deleted, purged or erased", async () => {
  const tables = new MemoryTables();
  const behind = new MemoryImageCatalog(tables);
  const changes = new ChangeStamps();
  const [here, there] = [1, 2].map(() => new RecentImageCatalog(behind, { changes })) as [
    RecentImageCatalog,
    RecentImageCatalog,
  ];
  const deleted = there.watch(new MemoryDeletedImages(tables));
  const acts: readonly ((id: string) => Promise<unknown>)[] = [
    (id) => there.update(id, (image) => ({ ...image, name: "changed" })),
    (id) => there.purge([id]),
    () => there.purgeAll(),
    (id) => there.remove(id),
    (id) => deleted.erase([id]),
  ];
  for (const act of acts) {
    const image = imageFixture();
    await here.add(image, { ...OFFER, key: image.id });
    await here.findToDeliver(image.id);
    expect(here.recall(image.id)?.id).toBe(image.id);
    await act(image.id);
    expect(here.recall(image.id)).toBeNull();
    expect(await here.findToDeliver(image.id)).toEqual(await behind.find(image.id));
  }
});

test("RecentImageCatalog does not cache a read that a change by another one outdates", async () => {
  const behind = new MemoryImageCatalog(new MemoryTables());
  const changes = new ChangeStamps();
  const [here, there] = [
    new RecentImageCatalog(behind, { changes }),
    new RecentImageCatalog(behind, { changes }),
  ];
  const image = imageFixture();
  await here.add(image, OFFER);
  const { promise: late, resolve: goOn } = Promise.withResolvers<void>();
  const find = behind.find.bind(behind);
  behind.find = async (id) => {
    const found = await find(id);
    await late;
    return found;
  };
  const reading = here.findToDeliver(image.id);
  await there.remove(image.id);
  goOn();
  expect((await reading)?.id).toBe(image.id);
  expect(here.recall(image.id)).toBeNull();
});

test("RecentImageCatalog.find() reads the catalog itself", async () => {
  const behind = new MemoryImageCatalog(new MemoryTables());
  const catalog = new RecentImageCatalog(behind);
  const image = imageFixture();
  await catalog.add(image, OFFER);
  await catalog.find(image.id);
  await behind.update(image.id, (before) => ({ ...before, name: "changed elsewhere" }));
  expect((await catalog.find(image.id))?.name).toBe("changed elsewhere");
  await behind.remove(image.id);
  expect(await catalog.find(image.id)).toBeNull();
});

test("RecentImageCatalog.of() shares the cache, and delivers no image of another owner", async () => {
  const tables = new MemoryTables();
  const catalog = new RecentImageCatalog(new MemoryImageCatalog(tables));
  const other = catalog.of("other");
  const image = imageFixture();
  const theirs = imageFixture({ owner: "other" });
  await catalog.add(image, OFFER);
  await other.add(theirs, { ...OFFER, key: "theirs" });
  const expectNotFound = async () => {
    expect(other.recall(image.id)).toBeNull();
    expect(await other.findToDeliver(image.id)).toBeNull();
    expect(catalog.recall(theirs.id)).toBeNull();
    expect(await catalog.findToDeliver(theirs.id)).toBeNull();
  };
  await expectNotFound();
  await catalog.findToDeliver(image.id);
  await other.findToDeliver(theirs.id);
  await expectNotFound();
  expect(catalog.recall(image.id)?.id).toBe(image.id);
  expect(catalog.of("other").recall(theirs.id)?.id).toBe(theirs.id);
  expect(await other.remove(image.id)).toBeNull();
  expect((await catalog.findToDeliver(image.id))?.id).toBe(image.id);
  const deleted = catalog.watch(new MemoryDeletedImages(tables)).of("other");
  expect((await deleted.erase([image.id, theirs.id])).images).toMatchObject([{ id: theirs.id }]);
  expect(other.recall(theirs.id)).toBeNull();
  expect((await catalog.findToDeliver(image.id))?.id).toBe(image.id);
});
