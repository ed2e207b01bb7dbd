import { expect, test } from "bun:test";
import { ProgImageError, type Tenant } from "@progimage/core";
import { tenantFixture } from "@progimage/core/testing";
import { type Caller, OPEN_CALLER, STRANGER } from "./caller.ts";
import type { Admission } from "./recogniser.ts";
import { createTenantDoor } from "./tenant_door.ts";

const ACME = tenantFixture({ id: "acme", hosts: ["acme.example.com"], delivery: "presets" });

type Found = Promise<Tenant | null> | Tenant | null;

/** Asks a door whose first answer is given. */
async function ask(
  host: string,
  admission: Admission | Promise<Admission>,
  found?: () => Found,
  { path = "/images", ...init }: RequestInit & { readonly path?: string } = {},
) {
  const findByHost = (name: string): Found => (name === "acme.example.com" ? (found?.() ?? ACME) : null);
  const find = (id: string): Found => (id === "acme" ? (found?.() ?? ACME) : null);
  const door = createTenantDoor(() => admission, { find, findByHost });
  return await door(new Request(`http://localhost${path}`, { ...init, headers: { host, ...init.headers } }));
}

const KEY: Caller = { ...OPEN_CALLER, by: "key", keyId: "k" };

test("createTenantDoor() brings callers without evidence to the tenant of the host", async () => {
  for (const caller of [OPEN_CALLER, STRANGER])
    for (const host of ["acme.example.com", "ACME.example.com:8080", "acme.example.com."]) {
      const placed = { ...caller, tenant: "acme", delivery: "presets" } as const;
      expect(await ask(host, caller)).toEqual(placed);
      expect(await ask(host, Promise.resolve(caller))).toEqual(placed);
      expect(await ask(host, caller, async () => ACME)).toEqual(placed);
      const usual = await ask(host, caller, () => ({ ...ACME, delivery: null }));
      expect(usual).toEqual({ ...caller, tenant: "acme" });
    }
});

test("createTenantDoor() leaves other hosts with the first tenant, and callers with evidence with theirs", async () => {
  for (const host of ["example.com", "10.0.0.1", "[::1]:3000", ""])
    expect(await ask(host, OPEN_CALLER)).toBe(OPEN_CALLER);
  expect(await ask("acme.example.com", KEY)).toBe(KEY);
  const own = { ...KEY, tenant: "acme" };
  expect(await ask("example.com", own)).toEqual({ ...own, delivery: "presets" });
  expect(await ask("example.com", own, async () => ACME)).toEqual({ ...own, delivery: "presets" });
  const refusal = new ProgImageError("invalid_request", "Cannot");
  expect(await ask("acme.example.com", refusal)).toBe(refusal);
});

test("createTenantDoor() refuses the evidence of a tenant that was removed", async () => {
  expect(await ask("example.com", { ...KEY, tenant: "gone" })).toMatchObject({ code: "unauthenticated" });
});

test("createTenantDoor() refuses a host that is not known while the database is down", async () => {
  const down = new ProgImageError("unavailable", "Cannot reach the database");
  expect(await ask("acme.example.com", OPEN_CALLER, () => Promise.reject(down))).toBe(down);
});

test("createTenantDoor() lets probes and preflights wait for no tenant, and refuses none for it", async () => {
  const never = () => new Promise<Tenant | null>(() => {});
  const preflight = { method: "OPTIONS", headers: { "access-control-request-method": "POST" } };
  for (const asked of [{ path: "/healthz" }, { path: "/readyz" }, preflight])
    for (const caller of [STRANGER, { ...KEY, tenant: "acme" }, { ...KEY, tenant: "gone" }])
      expect(await ask("acme.example.com", caller, never, asked)).toBe(caller);
});
