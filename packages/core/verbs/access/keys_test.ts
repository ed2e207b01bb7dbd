import { describe, expect, test } from "bun:test";
import { hasHash, parseKeyText } from "../../access/key_text.ts";
import { MemoryKeyRecords } from "../../access/memory_key_records.ts";
import { MemoryTables } from "../../database/memory_tables.ts";
import { createKey } from "./create_key.ts";
import { listKeys } from "./list_keys.ts";
import { revokeKey } from "./revoke_key.ts";
import { rotateKey } from "./rotate_key.ts";

function makePorts(now = 1_000_000) {
  return { keys: new MemoryKeyRecords(new MemoryTables(), () => now), now: () => now };
}

describe("createKey()", () => {
  test("stores a key without its secret, and returns its text", async () => {
    const ports = makePorts();
    const { key, text } = await createKey(ports, { tenant: "", scopes: ["images:read", "images:read"] });
    const { id = "", secret = "" } = parseKeyText(text) ?? {};
    expect(await ports.keys.find(id)).toEqual(key);
    expect(key).toMatchObject({ owner: "", scopes: ["images:read"], label: null, expiresAt: null });
    expect(hasHash(secret, key.secretHash)).toBe(true);
    expect(JSON.stringify(key)).not.toContain(secret);
  });

  test("refuses a key that has expired already, and one with server for a tenant", async () => {
    const ports = makePorts();
    for (const wrong of [
      { tenant: "", scopes: ["images:read"], expiresAt: 1_000_000 },
      { tenant: "shop", scopes: ["server"] },
    ] as const)
      await expect(createKey(ports, wrong)).rejects.toMatchObject({ code: "invalid_parameter" });
    expect(await ports.keys.list("", { limit: 10 })).toEqual([]);
  });
});

test("listKeys() pages through the keys of a tenant by cursors", async () => {
  const ports = makePorts();
  const ids: string[] = [];
  for (const tenant of ["", "", "", "shop"]) {
    const { key } = await createKey(ports, { tenant, scopes: ["images:read"] });
    if (tenant === "") ids.push(key.id);
  }
  const first = await listKeys(ports, { tenant: "", limit: 2 });
  const second = await listKeys(ports, { tenant: "", limit: 2, cursor: first.next ?? "" });
  expect([...first.items, ...second.items].map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  expect(second.next).toBeNull();
  const other = listKeys(ports, { tenant: "", limit: 2, cursor: "x" });
  await expect(other).rejects.toMatchObject({ code: "invalid_parameter" });
});

test("revokeKey() revokes keys of the tenant alone", async () => {
  const ports = makePorts();
  const { key } = await createKey(ports, { tenant: "shop", scopes: ["images:read"] });
  for (const [tenant, id] of [
    ["", key.id],
    ["shop", "none"],
  ] as const)
    await expect(revokeKey(ports, tenant, id)).rejects.toMatchObject({ code: "key_not_found" });
  expect(await revokeKey(ports, "shop", key.id)).toEqual({ ...key, revokedAt: 1_000_000 });
});

describe("rotateKey()", () => {
  test("makes a key with the same properties, and lets the old one expire", async () => {
    const ports = makePorts();
    const options = { tenant: "shop", scopes: ["images:read"], label: "web", expiresAt: 9_000_000 } as const;
    const { key } = await createKey(ports, options);
    const rotated = await rotateKey(ports, key.id, { overlap: 500 });
    const { id, secretHash } = rotated.key;
    expect(rotated.key).toEqual({ ...key, id, secretHash });
    expect(id).not.toBe(key.id);
    expect(rotated.old).toEqual({ ...key, expiresAt: 1_000_500 });
  });

  test("refuses a key that is not valid, and a missing one", async () => {
    const ports = makePorts();
    const { key } = await createKey(ports, { tenant: "", scopes: ["images:read"] });
    await revokeKey(ports, "", key.id);
    await expect(rotateKey(ports, key.id, { overlap: 0 })).rejects.toMatchObject({ code: "conflict" });
    await expect(rotateKey(ports, "none", { overlap: 0 })).rejects.toMatchObject({ code: "key_not_found" });
  });
});
