import { describe, expect, test } from "bun:test";
import { type AccessKey, ProgImageError } from "@progimage/core";
import { MemoryKeyRecords, MemoryTables } from "@progimage/core/adapters";
import { keyFixture } from "@progimage/core/testing";
import { RecentKeys } from "./recent_keys.ts";

/** Keys in records that count their reads, and can be down. */
function makeKeys({ outage = 0, fixed = [] as readonly AccessKey[] } = {}) {
  const records = new MemoryKeyRecords(new MemoryTables());
  const state = { elapsed: 0, isDown: false, reads: 0, uses: 0 };
  const keys = new RecentKeys(
    {
      find: async (id) => {
        state.reads++;
        if (state.isDown) throw new ProgImageError("unavailable", "Cannot reach the database");
        return await records.find(id);
      },
      markUsed: async (id, day) => {
        state.uses++;
        await records.markUsed(id, day);
      },
    },
    { outage, fixed, elapsed: () => state.elapsed },
  );
  return { records, state, keys };
}

describe("RecentKeys.find()", () => {
  test("returns a key without waiting for a second, then reads it again", async () => {
    const { keys, records, state } = makeKeys();
    const key = keyFixture();
    await records.add(key);
    expect(await keys.find(key.id)).toEqual(key);
    state.elapsed = 999;
    expect(keys.find(key.id)).toEqual(key);
    await records.revoke("", key.id);
    state.elapsed = 1_000;
    expect(await keys.find(key.id)).toMatchObject({ revokedAt: expect.any(Number) });
    expect(state.reads).toBe(2);
  });

  test("remembers for a second that there is no such key", async () => {
    const { keys, records, state } = makeKeys();
    const key = keyFixture();
    expect(await keys.find(key.id)).toBeNull();
    await records.add(key);
    expect(keys.find(key.id)).toBeNull();
    state.elapsed = 1_000;
    expect(await keys.find(key.id)).toEqual(key);
  });

  test("reads a key once for concurrent callers", async () => {
    const { keys, records, state } = makeKeys();
    const key = keyFixture();
    await records.add(key);
    await Promise.all([1, 2, 3].map(() => keys.find(key.id)));
    expect(state.reads).toBe(1);
  });

  test("returns known keys for a bounded time while the database is down, and fails for others", async () => {
    const { keys, records, state } = makeKeys({ outage: 60_000 });
    const [key, missing, other] = [keyFixture(), keyFixture(), keyFixture()];
    await records.add(key);
    await keys.find(key.id);
    await keys.find(missing.id);
    state.isDown = true;
    for (const elapsed of [1_000, 59_999]) {
      state.elapsed = elapsed;
      expect(await keys.find(key.id)).toEqual(key);
      for (const { id } of [missing, other])
        await expect(keys.find(id)).rejects.toMatchObject({ code: "unavailable" });
    }
    expect(state.reads).toBeLessThan(7);
    state.elapsed = 60_000;
    await expect(keys.find(key.id)).rejects.toMatchObject({ code: "unavailable" });
    state.isDown = false;
    state.elapsed = 61_000;
    await Promise.resolve(keys.find(key.id)).catch(() => {});
    expect(await keys.find(key.id)).toEqual(key);
  });

  test("fails while the database is down without a time for that", async () => {
    const { keys, records, state } = makeKeys();
    const key = keyFixture();
    await records.add(key);
    await keys.find(key.id);
    state.isDown = true;
    state.elapsed = 1_000;
    await expect(keys.find(key.id)).rejects.toMatchObject({ code: "unavailable" });
  });

  test("returns keys of the configuration without records", async () => {
    const key = keyFixture();
    const { keys, state } = makeKeys({ fixed: [key] });
    state.isDown = true;
    expect(keys.find(key.id)).toBe(key);
  });

  test("reads a key again that this process has changed", async () => {
    const { keys, records, state } = makeKeys();
    const key = keyFixture();
    await records.add(key);
    await keys.find(key.id);
    const [reading] = [keys.find(key.id), keys.forget(key.id)];
    await reading;
    await keys.find(key.id);
    expect(state.reads).toBe(2);
  });
});

test("RecentKeys.noteUse() records a use once a day", async () => {
  const { keys, records, state } = makeKeys();
  const key = keyFixture();
  await records.add(key);
  for (let time = 0; time < 3; time++) keys.noteUse(key);
  const used = await records.find(key.id);
  const today = Math.floor(Date.now() / 86_400_000) * 86_400_000;
  expect(used?.lastUsedAt).toBe(today);
  keys.noteUse({ ...keyFixture(), lastUsedAt: today });
  expect(state.uses).toBe(1);
});
