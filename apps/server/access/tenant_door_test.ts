import { expect, test } from "bun:test";
import { ProgImageError, type Tenant } from "@progimage/core";
import { tenantFixture } from "@progimage/core/testing";
import { type Caller, OPEN_CALLER, STRANGER } from "./caller.ts";
import type { Admission } from "./recogniser.ts";
import { createTenantDoor } from "./tenant_door.ts";

const ACME = tenantFixture({ id: "acme", hosts: ["acme.example.com"] });

type Found = Promise<Tenant | null> | Tenant | null;

/** Asks a door whose first answer is given. */
async function ask(host: string, admission: Admission | Promise<Admission>, found?: () => Found) {
  const findByHost = (name: string): Found => (name === "acme.example.com" ? (found?.() ?? ACME) : null);
  const door = createTenantDoor(() => admission, { findByHost });
  return await door(new Request("http://localhost/", { headers: { host } }));
}

const KEY: Caller = { ...OPEN_CALLER, by: "key", keyId: "k", tenant: "beta" };

test("createTenantDoor() brings callers without evidence to the tenant of the host", async () => {
  for (const caller of [OPEN_CALLER, STRANGER])
    for (const host of ["acme.example.com", "ACME.example.com:8080", "acme.example.com."]) {
      expect(await ask(host, caller)).toEqual({ ...caller, tenant: "acme" });
      expect(await ask(host, Promise.resolve(caller))).toEqual({ ...caller, tenant: "acme" });
      expect(await ask(host, caller, async () => ACME)).toEqual({ ...caller, tenant: "acme" });
    }
});

test("createTenantDoor() leaves other hosts with the first tenant, and callers with evidence with theirs", async () => {
  for (const host of ["example.com", "10.0.0.1", "[::1]:3000", ""])
    expect(await ask(host, OPEN_CALLER)).toBe(OPEN_CALLER);
  expect(await ask("acme.example.com", KEY)).toBe(KEY);
  const refusal = new ProgImageError("invalid_request", "Cannot");
  expect(await ask("acme.example.com", refusal)).toBe(refusal);
});

test("createTenantDoor() refuses a host that is not known while the database is down", async () => {
  const down = new ProgImageError("unavailable", "Cannot reach the database");
  expect(await ask("acme.example.com", OPEN_CALLER, () => Promise.reject(down))).toBe(down);
});
