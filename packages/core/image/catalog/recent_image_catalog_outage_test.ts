import { describe, expect, test } from "bun:test";
import { databaseFailure } from "../../database/postgres/postgres_error.ts";
import { MemoryTables } from "../../database/memory_tables.ts";
import type { Image, StoredImage } from "../image.ts";
import { imageFixture } from "../image_fixture.ts";
import { MemoryDeletedImages } from "../deleted/memory_deleted_images.ts";
import { ChangeStamps } from "./change_stamps.ts";
import { MemoryImageCatalog } from "./memory_image_catalog.ts";
import { RecentImageCatalog, type RecentImageCatalogOptions } from "./recent_image_catalog.ts";

const OUTAGE = 600_000;
const UNAVAILABLE = expect.objectContaining({ code: "unavailable" });

/** A cache in front of a catalog that can go down, and a clock for both. */
class Installation {
  clock = 1_000_000;
  isAway = false;
  /** The number of calls to the inner catalog, by method. */
  readonly asked = { find: 0, findOfAll: 0, purgeAll: 0, remove: 0, update: 0 };
  readonly behind: MemoryImageCatalog;
  readonly deleted: MemoryDeletedImages;
  readonly catalog: RecentImageCatalog;

  constructor(options: RecentImageCatalogOptions = {}) {
    const tables = new MemoryTables();
    const now = () => this.clock;
    this.behind = new MemoryImageCatalog(tables, now);
    this.deleted = new MemoryDeletedImages(tables, now);
    for (const name of ["find", "findOfAll", "remove", "update", "purgeAll"] as const) this.#interrupt(name);
    this.catalog = new RecentImageCatalog(this.behind, { outage: OUTAGE, now, elapsed: now, ...options });
  }

  /** Stores an image and delivers it. Returns it as recorded. */
  async deliver(changes: Partial<Image> = {}): Promise<StoredImage> {
    const image = imageFixture({ createdAt: this.clock, ...changes });
    await this.catalog.add(image, { key: image.id, validUntil: Number.MAX_SAFE_INTEGER });
    return (await this.catalog.findToDeliver(image.id)) as StoredImage;
  }

  /** Advances the clock, so that no cached image is fresh. */
  pass(milliseconds = 5_000): void {
    this.clock += milliseconds;
  }

  #interrupt(name: "find" | "findOfAll" | "purgeAll" | "remove" | "update"): void {
    const work = this.behind[name].bind(this.behind) as (...args: unknown[]) => Promise<unknown>;
    const interrupted = async (...args: unknown[]) => {
      this.asked[name]++;
      if (this.isAway) throw databaseFailure("unavailable");
      return await work(...args);
    };
    Object.assign(this.behind, { [name]: interrupted });
  }
}

describe("RecentImageCatalog.findToDeliver() while the catalog is down", () => {
  test("returns an image from the cache without a query, and rejects one that is not cached", async () => {
    const installation = new Installation();
    const { catalog } = installation;
    const image = await installation.deliver();
    installation.pass();
    installation.isAway = true;
    expect(await catalog.findToDeliver(image.id)).toEqual(image);
    const { find } = installation.asked;
    for (let time = 0; time < 5; time++) expect(await catalog.findToDeliver(image.id)).toEqual(image);
    await expect(catalog.findToDeliver(imageFixture().id)).rejects.toEqual(UNAVAILABLE);
    expect(installation.asked.find).toBe(find);
    // All other uses need the current state.
    await expect(catalog.find(image.id)).rejects.toEqual(UNAVAILABLE);
  });

  test("rejects an image that was read too long ago, and every image if the outage is 0", async () => {
    const installation = new Installation();
    const image = await installation.deliver();
    installation.isAway = true;
    installation.pass(OUTAGE - 1);
    expect(await installation.catalog.findToDeliver(image.id)).toEqual(image);
    installation.pass(1);
    await expect(installation.catalog.findToDeliver(image.id)).rejects.toEqual(UNAVAILABLE);

    const strict = new Installation({ outage: 0 });
    const other = await strict.deliver();
    strict.isAway = true;
    strict.pass();
    await expect(strict.catalog.findToDeliver(other.id)).rejects.toEqual(UNAVAILABLE);
    strict.isAway = false;
    expect(await strict.catalog.findToDeliver(other.id)).toEqual(other);
  });

  test("returns no image that has expired meanwhile", async () => {
    const installation = new Installation();
    const image = await installation.deliver({ expiresAt: installation.clock + 10_000 });
    installation.isAway = true;
    installation.pass(9_999);
    expect(await installation.catalog.findToDeliver(image.id)).toEqual(image);
    installation.pass(1);
    expect(await installation.catalog.findToDeliver(image.id)).toBeNull();
  });

  test("returns no image that this process has deleted or erased, or has found to be gone", async () => {
    const installation = new Installation();
    const { behind, catalog, deleted } = installation;
    const images: StoredImage[] = [];
    for (let count = 0; count < 5; count++) images.push(await installation.deliver());
    const [one, two, three, four, five] = images.map(({ id }) => id) as [
      string,
      string,
      string,
      string,
      string,
    ];
    await catalog.remove(one);
    await catalog.removeMany([two]);
    await catalog.watch(deleted).erase([three]);
    await behind.removeMany([four, five]);
    installation.pass();
    expect(await catalog.find(four)).toBeNull();
    installation.pass(10_001);
    await catalog.refresh();
    installation.isAway = true;
    for (const { id } of images) expect(await catalog.findToDeliver(id)).toBeNull();
  });

  test("returns a restored image again", async () => {
    const installation = new Installation();
    const { catalog, deleted } = installation;
    const image = await installation.deliver();
    await catalog.remove(image.id);
    await catalog.watch(deleted).restore([image.id], 0);
    await catalog.findToDeliver(image.id);
    installation.pass();
    installation.isAway = true;
    expect((await catalog.findToDeliver(image.id))?.id).toBe(image.id);
  });

  test("does not say that a restored image is gone, even if it was not read since", async () => {
    const changes = new ChangeStamps();
    const installation = new Installation({ changes });
    const { behind, catalog, deleted } = installation;
    const other = new RecentImageCatalog(behind, { changes });
    const [mine, others] = [await installation.deliver(), await installation.deliver()];
    for (const { id } of [mine, others]) await catalog.remove(id);
    await catalog.watch(deleted).restore([mine.id], 0);
    await other.watch(deleted).restore([others.id], 0);
    installation.isAway = true;
    for (const { id } of [mine, others]) await expect(catalog.findToDeliver(id)).rejects.toEqual(UNAVAILABLE);
  });

  test("returns no image from before a change, but still returns it after a failed change", async () => {
    const installation = new Installation();
    const { catalog } = installation;
    const [changed, kept] = [await installation.deliver(), await installation.deliver()];
    await catalog.update(changed.id, (before) => ({ ...before, name: "changed" }));
    installation.isAway = true;
    await expect(catalog.findToDeliver(changed.id)).rejects.toEqual(UNAVAILABLE);
    await expect(catalog.remove(kept.id)).rejects.toEqual(UNAVAILABLE);
    await expect(catalog.purgeAll()).rejects.toEqual(UNAVAILABLE);
    expect(await catalog.findToDeliver(kept.id)).toEqual(kept);
    expect(catalog.recall(kept.id)).toBeNull();
  });

  test("uses the catalog as soon as it is back, even without requests meanwhile", async () => {
    const installation = new Installation();
    const { behind, catalog } = installation;
    const image = await installation.deliver();
    installation.pass();
    installation.isAway = true;
    await catalog.findToDeliver(image.id);
    await expect(catalog.refresh()).rejects.toEqual(UNAVAILABLE);
    installation.isAway = false;
    await behind.remove(image.id);
    await catalog.refresh();
    expect(await catalog.findToDeliver(image.id)).toBeNull();
  });

  test("waits at most two seconds for a silent catalog", async () => {
    const installation = new Installation();
    const { behind, catalog } = installation;
    const image = await installation.deliver();
    installation.pass();
    behind.find = () => new Promise(() => {});
    const delivered = catalog.findToDeliver(image.id);
    installation.pass(2_000);
    expect(await delivered).toEqual(image);
    expect(await catalog.findToDeliver(image.id)).toEqual(image);
  });

  test("waits for a catalog that is slow but answers others", async () => {
    const installation = new Installation();
    const { behind, catalog } = installation;
    const [slow, other] = [await installation.deliver(), await installation.deliver()];
    installation.pass();
    const find = behind.find.bind(behind);
    const { promise: late, resolve: goOn } = Promise.withResolvers<void>();
    behind.find = async (id) => (id === slow.id ? (await late, await find(id)) : await find(id));
    await behind.remove(slow.id);
    const delivered = catalog.findToDeliver(slow.id);
    for (let time = 0; time < 5; time++) {
      installation.pass(1_500);
      await catalog.find(other.id);
      await Bun.sleep(1);
    }
    goOn();
    expect(await delivered).toBeNull();
  });
});

test("RecentImageCatalog.of() keeps the images of each owner up to date, and apart while the catalog is down", async () => {
  const installation = new Installation();
  const { catalog } = installation;
  const other = catalog.of("other");
  const [image, gone] = [await installation.deliver(), await installation.deliver()];
  const theirs = imageFixture({ owner: "other", createdAt: installation.clock });
  await other.add(theirs, { key: theirs.id, validUntil: Number.MAX_SAFE_INTEGER });
  const before = await other.findToDeliver(theirs.id);
  await catalog.remove(gone.id);
  expect(await other.remove(image.id)).toBeNull();
  installation.pass(10_001);
  await catalog.refresh();
  installation.isAway = true;
  installation.pass();
  expect(await catalog.findToDeliver(image.id)).toEqual(image);
  expect(await catalog.findToDeliver(gone.id)).toBeNull();
  expect(await other.findToDeliver(theirs.id)).toEqual(before);
  for (const id of [image.id, gone.id, imageFixture().id])
    await expect(other.findToDeliver(id)).rejects.toEqual(UNAVAILABLE);
  await expect(catalog.findToDeliver(theirs.id)).rejects.toEqual(UNAVAILABLE);
});

describe("RecentImageCatalog.refresh()", () => {
  test("picks up changes by other processes to images without requests, every ten seconds", async () => {
    const installation = new Installation();
    const { behind, catalog } = installation;
    const images: StoredImage[] = [];
    for (let count = 0; count < 250; count++) images.push(await installation.deliver());
    const { id } = images[120] as StoredImage;
    await behind.update(id, (before) => ({ ...before, name: "changed elsewhere" }));
    installation.pass(10_000);
    const before = installation.asked.findOfAll;
    await catalog.refresh();
    expect(installation.asked.findOfAll).toBe(before);
    installation.pass(1);
    await catalog.refresh();
    await catalog.refresh();
    expect(installation.asked.findOfAll - before).toBe(3);
    installation.isAway = true;
    expect(await catalog.findToDeliver(id)).toMatchObject({ name: "changed elsewhere" });
  });

  test("reads no more images than are cached", async () => {
    const installation = new Installation({ capacity: 150 });
    for (let count = 0; count < 1_000; count++) await installation.deliver();
    installation.pass(10_001);
    const before = installation.asked.findOfAll;
    await installation.catalog.refresh();
    expect(installation.asked.findOfAll - before).toBe(2);
  });

  test("drops an image without requests for the length of an outage", async () => {
    const installation = new Installation();
    const [idle, asked] = [await installation.deliver(), await installation.deliver()];
    for (let minute = 0; minute < 12; minute++) {
      installation.pass(60_000);
      await installation.catalog.findToDeliver(asked.id);
      await installation.catalog.refresh();
    }
    installation.isAway = true;
    installation.pass();
    expect(await installation.catalog.findToDeliver(asked.id)).toEqual(asked);
    await expect(installation.catalog.findToDeliver(idle.id)).rejects.toEqual(UNAVAILABLE);
  });

  test("does not cache a state from before a change", async () => {
    const installation = new Installation();
    const { behind, catalog } = installation;
    const image = await installation.deliver();
    installation.pass(10_001);
    const findOfAll = behind.findOfAll.bind(behind);
    const { promise: late, resolve: goOn } = Promise.withResolvers<void>();
    behind.findOfAll = async (ids) => {
      const found = await findOfAll(ids);
      await late;
      return found;
    };
    const refreshing = catalog.refresh();
    await Bun.sleep(1);
    installation.pass(1);
    await catalog.update(image.id, (before) => ({ ...before, name: "changed" }));
    goOn();
    await refreshing;
    installation.isAway = true;
    await expect(catalog.findToDeliver(image.id)).rejects.toEqual(UNAVAILABLE);
  });
});

test("RecentImageCatalog caches fewer images if they have much metadata", async () => {
  const installation = new Installation();
  const { catalog } = installation;
  const metadata = { text: "x".repeat(16_000) };
  const first = await installation.deliver({ metadata });
  for (let count = 0; count < 5_000; count++) await installation.deliver({ metadata });
  installation.isAway = true;
  await expect(catalog.find(first.id)).rejects.toEqual(UNAVAILABLE);
  await expect(catalog.findToDeliver(first.id)).rejects.toEqual(UNAVAILABLE);
});
