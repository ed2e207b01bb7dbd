import { describe, expect, test } from "bun:test";
import { type AccessKey, ProgImageError } from "@progimage/core";
import { keyFixture } from "@progimage/core/testing";
import { STRANGER } from "../caller.ts";
import { hasValidKey } from "./has_valid_key.ts";

const CALLER = { ...STRANGER, by: "key", keyId: "one" } as const;

/** Returns the keys of a test, at the time 1000. */
function keysWith(find: () => AccessKey | null | Promise<AccessKey | null>) {
  return { keyDirectory: { find }, now: () => 1_000 };
}

describe("hasValidKey()", () => {
  test("knows keys that were revoked, have expired or are gone", async () => {
    const judge = (key: AccessKey | null) =>
      hasValidKey(
        CALLER,
        keysWith(() => key),
      );
    expect(await judge(keyFixture({ expiresAt: 1_001 }))).toBe(true);
    expect(await judge(keyFixture({ expiresAt: 1_000 }))).toBe(false);
    expect(await judge(keyFixture({ revokedAt: 1 }))).toBe(false);
    expect(await judge(null)).toBe(false);
  });

  test("trusts callers without a stored key, and while the database is down", async () => {
    const none = keysWith(() => null);
    for (const keyId of [null, "j.shop"]) expect(await hasValidKey({ ...CALLER, keyId }, none)).toBe(true);
    const down = keysWith(() => Promise.reject(new ProgImageError("unavailable", "The database is down")));
    expect(await hasValidKey(CALLER, down)).toBe(true);
  });
});
