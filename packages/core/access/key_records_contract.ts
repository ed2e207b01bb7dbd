import { describe, expect, test } from "bun:test";
import type { AccessKey } from "./access_key.ts";
import { keyFixture } from "./key_fixture.ts";
import type { KeyRecords } from "./key_records.ts";

/** The records of a new database, whose schema is up to date. */
export interface KeyRecordsUnderTest extends AsyncDisposable {
  readonly records: KeyRecords;
}

/** Opens the records of a new database with a clock. */
export type MakeKeyRecords = (now: () => number) => Promise<KeyRecordsUnderTest> | KeyRecordsUnderTest;

const DAY = 86_400_000;

/** Tests that every {@linkcode KeyRecords} passes. */
export function keyRecordsContract(name: string, makeRecords: MakeKeyRecords): void {
  describe(`${name} as KeyRecords`, () => {
    let now = 0;
    const make = async () => {
      now = 1_000_000;
      return await makeRecords(() => now);
    };

    test("find() returns a key as it was added, with each member", async () => {
      await using made = await make();
      const full: AccessKey = keyFixture({
        owner: "shop",
        label: 'Ünï "🦊"',
        scopes: ["images:read", "admin"],
        createdAt: 1_700_000_000_001,
        expiresAt: 1_900_000_000_002,
        revokedAt: 1_800_000_000_003,
        lastUsedAt: 1_700_006_400_000,
      });
      const bare = keyFixture({ scopes: [] });
      for (const key of [full, bare]) {
        expect(await made.records.find(key.id)).toBeNull();
        await made.records.add(key);
        expect(await made.records.find(key.id)).toEqual(key);
      }
    });

    test("add() rejects a key whose id is in use, of any owner", async () => {
      await using made = await make();
      const key = keyFixture();
      await made.records.add(key);
      await expect(made.records.add({ ...keyFixture({ owner: "shop" }), id: key.id })).rejects.toThrow();
      expect(await made.records.find(key.id)).toEqual(key);
    });

    test("list() pages through the keys of an owner, the newest first, ties by id", async () => {
      await using made = await make();
      const keys = [1, 2, 2, 2, 3].map((createdAt) => keyFixture({ createdAt }));
      const other = keyFixture({ owner: "shop" });
      for (const key of [...keys, other]) await made.records.add(key);
      const all = await made.records.list("", { limit: 10 });
      expect(all.map(({ createdAt }) => createdAt)).toEqual([3, 2, 2, 2, 1]);
      expect(all.toSorted(byId)).toEqual(keys.toSorted(byId));
      for (const [index, after] of all.entries()) {
        expect(await made.records.list("", { limit: 2, after })).toEqual(all.slice(index + 1, index + 3));
      }
      expect(await made.records.list("shop", { limit: 10 })).toEqual([other]);
      expect(await made.records.list("none", { limit: 10 })).toEqual([]);
    });

    test("revoke() revokes a key of the owner once, and keeps its first time", async () => {
      await using made = await make();
      const key = keyFixture({ owner: "shop" });
      await made.records.add(key);
      expect(await made.records.revoke("", key.id)).toBeNull();
      expect(await made.records.revoke("shop", keyFixture().id)).toBeNull();
      expect(await made.records.find(key.id)).toEqual(key);
      const revoked = { ...key, revokedAt: now };
      expect(await made.records.revoke("shop", key.id)).toEqual(revoked);
      now += 10;
      expect(await made.records.revoke("shop", key.id)).toEqual(revoked);
      expect(await made.records.find(key.id)).toEqual(revoked);
    });

    test("expire() brings the expiry of a key of the owner forward, and never delays it", async () => {
      await using made = await make();
      const key = keyFixture();
      await made.records.add(key);
      expect(await made.records.expire("shop", key.id, 5)).toBeNull();
      for (const [asked, expected] of [
        [1_800_000_000_000, 1_800_000_000_000],
        [1_700_000_000_000, 1_700_000_000_000],
        [1_900_000_000_000, 1_700_000_000_000],
      ] as const) {
        expect(await made.records.expire("", key.id, asked)).toEqual({ ...key, expiresAt: expected });
      }
      expect(await made.records.find(key.id)).toEqual({ ...key, expiresAt: 1_700_000_000_000 });
    });

    test("markUsed() records the latest day, and ignores a missing key", async () => {
      await using made = await make();
      const key = keyFixture();
      await made.records.add(key);
      for (const [day, expected] of [
        [20_000 * DAY, 20_000 * DAY],
        [20_001 * DAY, 20_001 * DAY],
        [20_000 * DAY, 20_001 * DAY],
      ] as const) {
        await made.records.markUsed(key.id, day);
        expect(await made.records.find(key.id)).toEqual({ ...key, lastUsedAt: expected });
      }
      await made.records.markUsed(keyFixture().id, DAY);
    });

    test("hasValidKey() ignores keys that are revoked or have expired, to the millisecond", async () => {
      await using made = await make();
      expect(await made.records.hasValidKey()).toBe(false);
      await made.records.add(keyFixture({ revokedAt: 1 }));
      await made.records.add(keyFixture({ expiresAt: now, owner: "shop" }));
      expect(await made.records.hasValidKey()).toBe(false);
      now -= 1;
      expect(await made.records.hasValidKey()).toBe(true);
      now += 1;
      await made.records.add(keyFixture({ owner: "shop" }));
      expect(await made.records.hasValidKey()).toBe(true);
    });
  });
}

function byId(one: AccessKey, other: AccessKey): number {
  return one.id < other.id ? -1 : 1;
}
