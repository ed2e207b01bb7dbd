import { describe, expect, test } from "bun:test";
import { imageFixture } from "../image/image_fixture.ts";
import type { ImageCatalog } from "../image/catalog/image_catalog.ts";
import { newBlobKey } from "../blob/blob_store.ts";
import type { InstallationRecord } from "./installation.ts";

/** The record of a new database, whose schema is up to date. */
export interface InstallationRecordUnderTest extends AsyncDisposable {
  readonly record: InstallationRecord;
  /** The catalog of the same database. */
  readonly catalog: ImageCatalog;
}

/** Opens the record of a new database. */
export type MakeInstallationRecord = () => Promise<InstallationRecordUnderTest> | InstallationRecordUnderTest;

/** Options for {@linkcode installationRecordContract}. */
export interface InstallationRecordContractOptions {
  /** Functions that open the record of a database without the table: one of an earlier version, or one without tables. */
  readonly makeEarlier?: readonly (() => Promise<
    Pick<InstallationRecordUnderTest, "record" | typeof Symbol.asyncDispose>
  >)[];
}

const PARALLEL = 20;

/** Tests that every {@linkcode InstallationRecord} passes. */
export function installationRecordContract(
  name: string,
  make: MakeInstallationRecord,
  { makeEarlier = [] }: InstallationRecordContractOptions = {},
): void {
  describe(`${name} as an InstallationRecord`, () => {
    test("read() gives null for a new database, then the adopted installation", async () => {
      await using opened = await make();
      const { record } = opened;
      expect(await record.read()).toBeNull();
      const identity = { id: crypto.randomUUID(), counter: 7 };
      const adopted = { ...identity, pause: null, strays: 0, scrubbedTo: "" };
      expect(await record.adopt(identity)).toEqual(adopted);
      expect(await record.read()).toEqual(adopted);
    });

    for (const [index, makeOne] of makeEarlier.entries())
      test(`read() gives null for a database without the table, and changes nothing (${index + 1})`, async () => {
        await using opened = await makeOne();
        for (let time = 0; time < 2; time++) {
          expect(await opened.record.read()).toBeNull();
          expect(await opened.record.sampleKeys(5)).toEqual([]);
        }
      });

    test("adopt() keeps the pause that it is given", async () => {
      await using opened = await make();
      const { record } = opened;
      expect((await record.adopt({ id: crypto.randomUUID(), counter: 1 }, "behind")).pause).toBe("behind");
      expect((await record.read())?.pause).toBe("behind");
    });

    test("adopt() happens once; later callers get the installation of the first", async () => {
      await using opened = await make();
      const { record } = opened;
      const tries = Array.from({ length: PARALLEL }, () =>
        record.adopt({ id: crypto.randomUUID(), counter: 3 }),
      );
      const [first, ...others] = await Promise.all(tries);
      if (!first) throw new Error("Nothing was adopted");
      for (const other of others) expect(other).toEqual(first);
      const raised = await record.raise();
      expect(await record.adopt({ id: crypto.randomUUID(), counter: 99 }, "restored")).toEqual(raised);
      expect(await record.read()).toEqual({ ...first, counter: 4 });
    });

    test(`raise() gives each of ${PARALLEL} concurrent callers a different counter`, async () => {
      await using opened = await make();
      const { record } = opened;
      const adopted = await record.adopt({ id: crypto.randomUUID(), counter: 5 }, "strays");
      const raised = await Promise.all(Array.from({ length: PARALLEL }, () => record.raise()));
      const counters = raised.map(({ counter }) => counter).toSorted((one, other) => one - other);
      expect(counters).toEqual(Array.from({ length: PARALLEL }, (_, index) => 6 + index));
      for (const one of raised) expect({ ...one, counter: 5 }).toEqual(adopted);
      expect((await record.read())?.counter).toBe(5 + PARALLEL);
    });

    test("raise() rejects for a database that belongs to no installation", async () => {
      await using opened = await make();
      await expect(opened.record.raise()).rejects.toThrow(TypeError);
      expect(await opened.record.read()).toBeNull();
    });

    test("update() changes what it is given, and nothing else", async () => {
      await using opened = await make();
      const { record } = opened;
      const expected = { ...(await record.adopt({ id: crypto.randomUUID(), counter: 5 })) };
      const changes = [
        { pause: "strays" },
        { strays: 4 },
        { scrubbedTo: "ab" },
        { counter: 50, pause: "restored" },
        { pause: null, strays: 0, scrubbedTo: "" },
      ] as const;
      for (const change of changes) {
        await record.update(change);
        Object.assign(expected, change);
        expect(await record.read()).toEqual(expected);
      }
    });

    test("concurrent update() and raise() do not overwrite each other", async () => {
      await using opened = await make();
      const { record } = opened;
      await record.adopt({ id: crypto.randomUUID(), counter: 0 });
      const updates = Array.from({ length: PARALLEL }, (_, index) => [
        record.raise(),
        record.update(index % 2 === 0 ? { strays: 3 } : { pause: "strays" }),
      ]);
      await Promise.all(updates.flat());
      expect(await record.read()).toMatchObject({ counter: PARALLEL, strays: 3, pause: "strays" });
    });

    test("update() does not assign a database to an installation", async () => {
      await using opened = await make();
      await opened.record.update({ pause: "restored", strays: 1 });
      expect(await opened.record.read()).toBeNull();
    });

    test("sampleKeys() gives distinct keys from the whole range, up to the limit", async () => {
      await using opened = await make();
      const { record, catalog } = opened;
      expect(await record.sampleKeys(16)).toEqual([]);
      const keys = new Set<string>();
      for (let index = 0; index < 64; index++) {
        const sha256 = (index * 4).toString(16).padStart(2, "0") + "0".repeat(62);
        const key = newBlobKey(sha256);
        await catalog.add(imageFixture({ sha256 }), { key, validUntil: Infinity });
        keys.add(key);
      }
      const sample = await record.sampleKeys(16);
      expect(sample).toHaveLength(16);
      expect(new Set(sample).size).toBe(16);
      for (const key of sample) expect(keys.has(key)).toBe(true);
      // All lost keys may be in one part of the store.
      expect(new Set(sample.map(([digit]) => digit)).size).toBe(16);
    });
  });
}
