import { describe, expect, test } from "bun:test";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { newBlobKey, SHARDS } from "../../blob/blob_store.ts";
import { MemoryTables } from "../../database/memory_tables.ts";
import { matchInstallation, openInstallation } from "./open_installation.ts";
import { findStorageFault, type StorageFaultCode } from "./storage_fault.ts";
import {
  DAY,
  memoryPorts,
  openFileStorage,
  openMemoryStorage,
  putBytes,
  putImage,
  type StoragePorts,
  storedKeys,
  sweep,
  type TestStorage,
  WEEK,
} from "../../testing/testing_storage.ts";

type MemoryStorage = Awaited<ReturnType<typeof openMemoryStorage>>;

/** How to cause each fault. */
const FAULTS: Readonly<Record<StorageFaultCode, (storage: MemoryStorage) => Promise<void>>> = {
  behind: async ({ ports }) => {
    const own = await ports.installation.read();
    await ports.mark.write({ id: own?.id ?? "", counter: (own?.counter ?? 0) + 1 });
  },
  restored: ({ ports }) => ports.installation.update({ pause: "restored" }),
  strays: ({ ports }) => ports.installation.update({ pause: "strays" }),
  other_store: ({ ports }) => ports.mark.write({ id: crypto.randomUUID(), counter: 1 }),
  unmarked_store: async ({ ports, tables }) => {
    tables.installation = null;
    await ports.installation.adopt({ id: crypto.randomUUID(), counter: 1 });
    Object.assign(ports.mark, { read: async () => null });
  },
  unknown_database: async ({ tables }) => {
    tables.installation = null;
  },
};

describe("findStorageFault()", () => {
  test("finds no fault if database and store belong together, even if the database is ahead", async () => {
    await using storage = await openMemoryStorage();
    const { ports } = storage;
    expect(await findStorageFault(ports)).toBeNull();
    await ports.installation.raise();
    expect(await findStorageFault(ports)).toBeNull();
  });

  for (const [code, begin] of Object.entries(FAULTS)) {
    test(`finds ${code}, and explains it`, async () => {
      await using storage = await openMemoryStorage();
      await begin(storage);
      const fault = await findStorageFault(storage.ports);
      expect(fault).toEqual({
        code: code as StorageFaultCode,
        message: expect.stringMatching(/nothing is removed/),
      });
    });

    test(`${code}: sweepStorage() changes nothing, not even expired images and the quarantine`, async () => {
      await using storage = await openMemoryStorage();
      await makeEverythingDue(storage);
      await begin(storage);
      const before = await stateOf(storage);
      for (const shard of ["ab", undefined]) {
        const swept = await sweep(storage, { shard });
        expect(swept).toEqual({
          ...NOTHING,
          fault: { code: code as StorageFaultCode, message: expect.any(String) },
        });
      }
      const after = await stateOf(storage);
      // If the database is behind, the pause is recorded.
      if (code === "behind") expect(storage.tables.installation?.pause).toBe("behind");
      else expect(after.installation).toEqual(before.installation);
      expect({ ...after, installation: null }).toEqual({ ...before, installation: null });
    });
  }

  test("still finds that a database was behind after its counter has caught up", async () => {
    await using storage = await openMemoryStorage();
    const { ports } = storage;
    await FAULTS.behind(storage);
    expect((await sweep(storage))?.fault?.code).toBe("behind");
    for (let time = 0; time < 5; time++) await ports.installation.raise();
    expect((await sweep(storage))?.fault?.code).toBe("behind");
  });
});

describe("sweepStorage() and blobs without a record", () => {
  const cases = [
    { strays: 4, known: 10, stops: false },
    { strays: 5, known: 10, stops: true },
    { strays: 4, known: 0, stops: false },
    { strays: 5, known: 0, stops: true },
    { strays: 5, known: 500, stops: false },
    { strays: 5, known: 499, stops: true },
    { strays: 100, known: 100_000, stops: false },
    { strays: 101, known: 100_000, stops: true },
  ];
  for (const { strays, known, stops } of cases)
    test(`${strays} beside ${known} on record ${stops ? "stop the sweep" : "are set aside"}`, async () => {
      await using storage = await openMemoryStorage();
      const { ports, clock, folder, tables } = storage;
      record(tables, known);
      // It is due in the same round.
      const aside = await putBytes(ports, folder);
      await ports.blobs.quarantine.put(aside);
      for (let count = 0; count < strays; count++) await putBytes(ports, folder);
      clock.now += 2 * DAY;
      const swept = await sweep(storage, { shard: "ab", quarantineTime: DAY });
      const kept = await storedKeys(ports);
      expect(swept).toMatchObject({
        strayBlobs: stops ? 0 : strays,
        fault: stops ? { code: "strays" } : null,
      });
      expect([kept.store.length, kept.quarantine.length]).toEqual(stops ? [strays, 1] : [0, strays]);
      expect(kept.quarantine.includes(aside)).toBe(stops);
      expect((await ports.installation.read())?.pause).toBe(stops ? "strays" : null);
    });

  test("are counted over a whole pass of the store, and anew in the next", async () => {
    await using storage = await openMemoryStorage();
    const { ports, clock, folder } = storage;
    const scatter = async (shards: readonly string[]) => {
      for (const shard of shards) await putBytes(ports, folder, shard);
    };
    await untilFirstPart(storage);
    for (let pass = 0; pass < 3; pass++) {
      await scatter(["01", "40", "80", "ff"]);
      clock.now += 2 * DAY;
      for (const _ of SHARDS) expect(await sweep(storage)).toMatchObject({ fault: null });
      expect((await storedKeys(ports)).quarantine).toHaveLength(4 * (pass + 1));
    }
    await scatter(["01", "40", "80", "c0", "ff"]);
    clock.now += 2 * DAY;
    const codes: (string | null)[] = [];
    for (const _ of SHARDS) codes.push((await sweep(storage))?.fault?.code ?? null);
    // The fifth stray is in the last part.
    expect(codes.slice(0, -1)).toEqual(SHARDS.slice(1).map(() => null));
    expect(codes.at(-1)).toBe("strays");
    expect((await storedKeys(ports)).store).toHaveLength(1);
  });

  test("of 100,000 a hundred in a pass are set aside, and one more stops the sweep", async () => {
    await using storage = await openMemoryStorage();
    const { ports, clock, folder, tables } = storage;
    record(tables, 100_000);
    await untilFirstPart(storage);
    const shards = ["10", "20", "30", "ff"];
    for (let count = 0; count < 100; count++) await putBytes(ports, folder, shards[count % shards.length]);
    clock.now += 2 * DAY;
    for (const shard of shards) expect(await sweep(storage, { shard })).toMatchObject({ fault: null });
    expect((await storedKeys(ports)).quarantine).toHaveLength(100);
    await putBytes(ports, folder, "f0");
    clock.now += 2 * DAY;
    expect((await sweep(storage, { shard: "f0" }))?.fault?.code).toBe("strays");
  });

  test("do not include condemned, deleted or removed blobs", async () => {
    await using storage = await openMemoryStorage();
    const { ports, clock } = storage;
    const ids: string[] = [];
    for (let count = 0; count < 200; count++) ids.push((await putImage(storage)).image.id);
    await ports.catalog.removeMany(ids);
    for (let day = 0; day < 20; day++) {
      clock.now += DAY;
      for (const shard of ["ab", "ac"])
        expect(await sweep(storage, { shard })).toMatchObject({ fault: null });
    }
    expect(await storedKeys(ports)).toEqual({ store: [], quarantine: [] });
  });

  test("pause all removals when they are too many, also after a restart", async () => {
    await using storage = await openFileStorage();
    const { ports, clock, folder } = storage;
    await makeEverythingDue(storage);
    for (let count = 0; count < 5; count++) await putBytes(ports, folder, "cd");
    clock.now += 2 * DAY;
    // Earlier parts of the round still use the state from before.
    expect((await sweep(storage, { shard: "cd" }))?.fault?.code).toBe("strays");
    const { image } = await putImage(storage, { expiresAt: clock.now });
    clock.now += 2 * WEEK;
    const before = await storedKeys(ports);
    const match = await matchInstallation(ports);
    if (match.refusal !== null) throw new Error(`It is refused: ${match.refusal}`);
    expect((await openInstallation(ports, match))?.code).toBe("strays");
    for (const shard of SHARDS)
      expect(await sweep(storage, { shard })).toMatchObject({ fault: { code: "strays" } });
    expect(await storedKeys(ports)).toEqual(before);
    expect(await ports.deleted.erase([image.id])).toMatchObject({ images: [{ id: image.id }] });
    // The operator has checked the storage and resumes the sweep.
    await ports.installation.update({ pause: null, strays: 0 });
    expect(await sweep(storage, { shard: "ab" })).toMatchObject({ fault: null });
  });
});

describe("sweepStorage(), every round of every day for 60 days", () => {
  const COUNT = 1_000;
  const MINUTE = 60_000;

  /** Sweeps once a minute. The number of blobs in store and quarantine must not decrease. */
  async function sweepForDays(storage: Pick<MemoryStorage, "clock" | "ports">, days: number, files: number) {
    const codes = new Set<string>();
    for (let day = 0; day < days; day++) {
      for (let round = 0; round < DAY / MINUTE; round++) {
        storage.clock.now += MINUTE;
        const swept = await sweep(storage);
        codes.add(swept?.fault?.code ?? "none");
        for (const failure of swept?.failures ?? []) throw failure;
      }
      const { store, quarantine } = await storedKeys(storage.ports);
      expect(store.length + quarantine.length).toBe(files);
    }
    return codes;
  }

  async function openFilled(): Promise<MemoryStorage> {
    const storage = await openMemoryStorage();
    await fill(storage, COUNT);
    expect(await sweepForDays(storage, 2, COUNT)).toEqual(new Set(["none"]));
    return storage;
  }

  async function fill(storage: MemoryStorage, count: number): Promise<void> {
    for (let index = 0; index < count; index++)
      await putImage(storage, { beginning: SHARDS[index % SHARDS.length] });
  }

  test("a ledger that is empty, with the right identity, costs nothing", async () => {
    await using storage = await openFilled();
    storage.tables.blobs.clear();
    storage.tables.images.clear();
    const codes = await sweepForDays(storage, 60, COUNT);
    expect([...codes]).toEqual(["none", "strays"]);
    expect((await storedKeys(storage.ports)).quarantine.length).toBeLessThan(5);
  }, 120_000);

  test("a database that was restored from an older state costs nothing", async () => {
    await using storage = await openMemoryStorage();
    const { ports, clock, tables } = storage;
    await fill(storage, COUNT / 2);
    await sweepForDays(storage, 1, COUNT / 2);
    const older = structuredClone(tables);
    await fill(storage, COUNT / 2);
    await sweepForDays(storage, 1, COUNT);
    const restored = Object.assign(new MemoryTables(), older);
    const again = { clock, ports: { ...ports, ...memoryPorts(restored, () => clock.now) } };
    expect(await sweepForDays(again, 60, COUNT)).toEqual(new Set(["behind"]));
    expect((await storedKeys(ports)).store).toHaveLength(COUNT);
  }, 120_000);

  for (const identity of [null, { id: crypto.randomUUID(), counter: 1_000_000 }])
    test(`a new database, ${identity ? "of another installation" : "of none"}, is refused, and would cost nothing`, async () => {
      await using storage = await openFilled();
      const { clock, ports } = storage;
      const fresh: StoragePorts = { ...ports, ...memoryPorts(new MemoryTables(), () => clock.now) };
      if (identity) await fresh.installation.adopt(identity);
      expect((await matchInstallation(fresh)).refusal).toBe(identity ? "other_store" : "lost_database");
      const codes = await sweepForDays({ clock, ports: fresh }, 60, COUNT);
      expect(codes).toEqual(new Set([identity ? "other_store" : "unknown_database"]));
      expect((await storedKeys(ports)).store).toHaveLength(COUNT);
    }, 120_000);
});

const NOTHING = {
  expiredImages: 0,
  releasedImages: 0,
  condemnedBlobs: 0,
  removedBlobs: 0,
  forgottenRemovals: 0,
  strayBlobs: 0,
  discardedBlobs: 0,
  orphanedDerivatives: 0,
  foreignFiles: [],
  failures: [],
};

/** Makes something of each kind due for removal. */
async function makeEverythingDue(storage: TestStorage): Promise<void> {
  const { ports, clock, folder } = storage;
  const { image } = await putImage(storage);
  await ports.catalog.removeMany([image.id]);
  await ports.blobs.quarantine.put(await putBytes(ports, folder));
  await putBytes(ports, folder);
  await putImage(storage, { expiresAt: clock.now });
  clock.now += 2 * WEEK;
  const path = join(folder, "derivatives", "ab", `${"ab".repeat(16)}-${"cd".repeat(32)}`);
  await Bun.write(path, "rendered");
  await utimes(path, 1, 1);
}

/** Returns the content of the database and the store. The lease is left out, as each round renews it. */
async function stateOf({ ports, tables, folder }: MemoryStorage) {
  const { installation, leases: _leases, ...rows } = structuredClone({ ...tables });
  const derivatives = await Array.fromAsync(new Bun.Glob("**").scan(join(folder, "derivatives")));
  return { rows, installation, derivatives: derivatives.toSorted(), ...(await storedKeys(ports)) };
}

/** Records blobs that need not be in the store. */
function record(tables: MemoryTables, count: number): void {
  const row = { idleSince: null, condemnedAt: null, damagedAt: null };
  for (let index = 0; index < count; index++) {
    const digest = index.toString(16).padStart(64, "0");
    tables.blobs.set(digest, { digest, owner: "", key: newBlobKey(digest), ...row });
  }
}

/** Sweeps until the next round is that of the first part. */
async function untilFirstPart(storage: Pick<TestStorage, "ports">): Promise<void> {
  const counter = async () => (await storage.ports.installation.read())?.counter ?? 0;
  while (((await counter()) + 1) % SHARDS.length !== 0) await sweep(storage);
}
