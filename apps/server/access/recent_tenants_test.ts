import { expect, test } from "bun:test";
import { ProgImageError } from "@progimage/core";
import { MemoryTables, MemoryTenantRecords } from "@progimage/core/adapters";
import { tenantFixture } from "@progimage/core/testing";
import { RecentTenants } from "./recent_tenants.ts";

const TENANT = tenantFixture({ id: "acme", hosts: ["images.example.com"] });

/** Tenants in records that count their reads, and can be down. */
function makeTenants({ outage = 0 } = {}) {
  const records = new MemoryTenantRecords(new MemoryTables());
  const state = { elapsed: 0, isDown: false, isSilent: false, reads: 0 };
  const counted = <T>(read: () => Promise<T>): Promise<T> => {
    state.reads++;
    if (state.isSilent) return new Promise(() => {});
    if (state.isDown) return Promise.reject(new ProgImageError("unavailable", "Cannot reach the database"));
    return read();
  };
  const tenants = new RecentTenants(
    {
      find: (id) => counted(() => records.find(id)),
      findByHost: (host) => counted(() => records.findByHost(host)),
    },
    { outage, elapsed: () => state.elapsed },
  );
  return { records, state, tenants };
}

test("RecentTenants returns a tenant without waiting for a second, then reads it again", async () => {
  const { records, state, tenants } = makeTenants();
  expect(await tenants.findByHost("images.example.com")).toBeNull();
  await records.add(TENANT);
  state.elapsed = 999;
  expect(tenants.findByHost("images.example.com")).toBeNull();
  state.elapsed = 1_000;
  expect(await tenants.findByHost("images.example.com")).toEqual(TENANT);
  expect(tenants.findByHost("images.example.com")).toEqual(TENANT);
  expect(await tenants.find("acme")).toEqual(TENANT);
  expect(await tenants.find("images.example.com")).toBeNull();
});

test("RecentTenants reads a tenant once for concurrent callers", async () => {
  const { state, tenants } = makeTenants();
  await Promise.all([1, 2, 3].map(() => tenants.find("acme")));
  expect(state.reads).toBe(1);
});

test("RecentTenants returns known tenants for a bounded time while the database is down", async () => {
  const { records, state, tenants } = makeTenants({ outage: 60_000 });
  await records.add(TENANT);
  await tenants.find("acme");
  await tenants.findByHost("localhost");
  state.isDown = true;
  state.elapsed = 1_000;
  expect(await tenants.find("acme")).toEqual(TENANT);
  state.elapsed = 59_999;
  expect(tenants.find("acme")).toEqual(TENANT);
  expect(tenants.findByHost("localhost")).toBeNull();
  await expect(tenants.find("other")).rejects.toMatchObject({ code: "unavailable" });
  state.elapsed = 60_000;
  for (const found of [tenants.find("acme"), tenants.findByHost("localhost")])
    await expect(found).rejects.toMatchObject({ code: "unavailable" });
});

test("RecentTenants waits two seconds at most for a silent database, and then no more", async () => {
  const { records, state, tenants } = makeTenants({ outage: 60_000 });
  await records.add(TENANT);
  await tenants.findByHost("images.example.com");
  state.isSilent = true;
  state.elapsed = 1_000;
  const found = tenants.findByHost("images.example.com");
  state.elapsed = 3_000;
  expect(await found).toEqual(TENANT);
  expect(tenants.findByHost("images.example.com")).toEqual(TENANT);
  await expect(tenants.findByHost("other.example.com")).rejects.toMatchObject({ code: "unavailable" });
});

test("RecentTenants reads again what this process has changed", async () => {
  const { records, tenants } = makeTenants();
  await tenants.find("acme");
  await records.add(TENANT);
  tenants.forget();
  expect(await tenants.find("acme")).toEqual(TENANT);
});

test("RecentTenants returns rates without waiting, also while it reads them again", async () => {
  const { records, state, tenants } = makeTenants();
  await records.add({ ...TENANT, limits: { ...TENANT.limits, requestsPerMinute: 5 } });
  expect(tenants.ratesOf("acme")).toBeNull();
  await tenants.find("acme");
  expect(tenants.ratesOf("acme")).toMatchObject({ requestsPerMinute: 5 });
  state.elapsed = 1_000;
  expect(tenants.ratesOf("acme")).toMatchObject({ requestsPerMinute: 5 });
  expect([tenants.ratesOf(""), state.reads]).toEqual([null, 2]);
});
