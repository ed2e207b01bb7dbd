import { describe, expect, test } from "bun:test";
import { type AccessKey, hashSecret, newKeyText, writeKeyText } from "@progimage/core";
import { MemoryKeyRecords, MemoryTables } from "@progimage/core/adapters";
import { keyFixture } from "@progimage/core/testing";
import { createKeyRecogniser } from "./bearer_key.ts";
import { RecentKeys } from "./recent_keys.ts";

/** Records with one key, and a recogniser with clocks. */
async function makeOne(properties: Partial<AccessKey> = {}) {
  const records = new MemoryKeyRecords(new MemoryTables());
  const { id, secret } = newKeyText();
  const key = keyFixture({ id, secretHash: hashSecret(secret), ...properties });
  await records.add(key);
  const clocks = { elapsed: 0, now: 1_000 };
  const directory = new RecentKeys(records, { elapsed: () => clocks.elapsed, now: () => clocks.now });
  const recognise = createKeyRecogniser(directory, () => clocks.now);
  const ask = (authorization?: string) =>
    recognise(new Request("http://localhost/", { headers: authorization ? { authorization } : {} }));
  return { ask, clocks, id, key, records, text: writeKeyText({ id, secret }) };
}

const REFUSED = { name: "Refusal", code: "unauthenticated" };

describe("createKeyRecogniser()", () => {
  test("recognises a key, and then without waiting", async () => {
    const { ask, id, text } = await makeOne({ owner: "shop", scopes: ["images:read"] });
    const caller = { tenant: "shop", scopes: new Set(["images:read"] as const), by: "key", keyId: id };
    expect(await ask(`Bearer ${text}`)).toEqual(caller as never);
    expect(ask(`Bearer ${text}`)).toEqual(caller as never);
    expect(ask(`bearer  ${text}`)).toEqual(caller as never);
  });

  test("leaves other evidence to others", async () => {
    const { ask, text } = await makeOne();
    for (const other of [undefined, "Basic dXNlcjpw", "Bearer eyJh.eyJh.c2ln", text, `Bearer ${text} x`])
      expect(ask(other)).toBeNull();
  });

  test("refuses a misspelt key without a look-up", async () => {
    const { ask, text } = await makeOne();
    const misspelt = `${text.slice(0, -1)}${text.endsWith("0") ? "1" : "0"}`;
    const refusal = ask(`Bearer ${misspelt}`);
    expect(refusal).toMatchObject({ ...REFUSED, message: expect.stringMatching(/misspelt/) });
  });

  test("refuses another secret like an unknown key", async () => {
    const { ask, text } = await makeOne({ secretHash: hashSecret("another") });
    for (const other of [text, writeKeyText(newKeyText())])
      expect(await ask(`Bearer ${other}`)).toMatchObject({
        ...REFUSED,
        message: expect.stringMatching(/no such key/),
      });
  });

  test("refuses a key once it is revoked, within a second", async () => {
    const { ask, clocks, id, records, text } = await makeOne();
    await ask(`Bearer ${text}`);
    await records.revoke("", id);
    clocks.elapsed = 1_000;
    expect(await ask(`Bearer ${text}`)).toMatchObject({
      ...REFUSED,
      message: expect.stringMatching(/revoked/),
    });
  });

  test("refuses a key from the moment on at which it expires", async () => {
    const { ask, clocks, id, text } = await makeOne({ expiresAt: 2_000 });
    clocks.now = 1_999;
    expect(await ask(`Bearer ${text}`)).toMatchObject({ keyId: id });
    expect(ask(`Bearer ${text}`)).toMatchObject({ keyId: id });
    clocks.now = 2_000;
    expect(await ask(`Bearer ${text}`)).toMatchObject({
      ...REFUSED,
      message: expect.stringMatching(/expired/),
    });
  });
});
