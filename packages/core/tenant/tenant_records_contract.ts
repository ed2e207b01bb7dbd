import { describe, expect, test } from "bun:test";
import { NO_LIMITS } from "./tenant.ts";
import { tenantFixture } from "./tenant_fixture.ts";
import type { TenantRecords } from "./tenant_records.ts";
import type { UsageRecords } from "./usage_records.ts";

/** Empty records. */
export interface TenantRecordsUnderTest extends AsyncDisposable {
  readonly records: TenantRecords;
  readonly usage: UsageRecords;
}

/** Makes empty records. */
export type MakeTenantRecords = () => Promise<TenantRecordsUnderTest> | TenantRecordsUnderTest;

/** Tests what every {@linkcode TenantRecords} must do. */
export function tenantRecordsContract(name: string, make: MakeTenantRecords): void {
  describe(`${name} as TenantRecords`, () => {
    test("find() and findByHost() return a tenant as it was added, with each member", async () => {
      await using made = await make();
      const { records } = made;
      const full = tenantFixture({
        id: "acme-1",
        hosts: ["a.example.com", "b.example.com"],
        delivery: "presets",
        limits: { images: 0, bytes: 9_007_199_254_740_991, requestsPerMinute: 1, renderMsPerMinute: 2 },
        createdAt: 1_700_000_000_001,
      });
      const bare = tenantFixture();
      for (const tenant of [full, bare]) {
        expect(await records.find(tenant.id)).toBeNull();
        await records.add(tenant);
        expect(await records.find(tenant.id)).toEqual(tenant);
      }
      for (const host of full.hosts) expect(await records.findByHost(host)).toEqual(full);
      for (const host of ["example.com", "acme-1", ""]) expect(await records.findByHost(host)).toBeNull();
    });

    test("add() rejects an id in use, and a host of another tenant by its name, and changes nothing", async () => {
      await using made = await make();
      const { records } = made;
      const first = tenantFixture({ hosts: ["a.example.com"] });
      await records.add(first);
      await expect(records.add({ ...first, hosts: ["new.example.com"] })).rejects.toMatchObject({
        code: "conflict",
        details: { parameter: "id" },
      });
      const other = tenantFixture({ hosts: ["c.example.com", "a.example.com"] });
      await expect(records.add(other)).rejects.toMatchObject({
        code: "conflict",
        message: expect.stringContaining('"a.example.com"'),
        details: { parameter: "hosts" },
      });
      expect(await records.list({ limit: 10 })).toEqual([first]);
      for (const host of ["new.example.com", "c.example.com"])
        expect(await records.findByHost(host)).toBeNull();
    });

    test("add() gives a host to one of several tenants that ask at once", async () => {
      await using made = await make();
      const { records } = made;
      const wanted = ["a", "b", "c"].map((id) =>
        tenantFixture({ id, hosts: ["one.example", "two.example"] }),
      );
      const added = await Promise.allSettled(wanted.map((tenant) => records.add(tenant)));
      const codes = added.flatMap((each) => (each.status === "rejected" ? [each.reason.code] : []));
      expect(codes).toEqual(["conflict", "conflict"]);
      expect(await records.list({ limit: 10 })).toHaveLength(1);
    });

    test("update() changes the members that are given, and returns the tenant", async () => {
      await using made = await make();
      const { records } = made;
      const tenant = tenantFixture({ hosts: ["a.example.com", "b.example.com"], delivery: "public" });
      const other = tenantFixture({ hosts: ["other.example.com"] });
      for (const each of [tenant, other]) await records.add(each);
      const { id } = tenant;
      expect(await records.update(id, {})).toEqual(tenant);
      const limits = { ...NO_LIMITS, images: 5 };
      expect(await records.update(id, { limits })).toEqual({ ...tenant, limits });
      const hosts = ["b.example.com", "c.example.com"];
      const changed = { ...tenant, limits, hosts, delivery: null };
      expect(await records.update(id, { hosts, delivery: null })).toEqual(changed);
      expect(await records.findByHost("a.example.com")).toBeNull();
      const taken = records.update(id, { delivery: "private", hosts: ["other.example.com"] });
      await expect(taken).rejects.toMatchObject({ code: "conflict" });
      expect(await records.find(id)).toEqual(changed);
      expect(await records.update(id, { hosts: [] })).toEqual({ ...changed, hosts: [] });
      expect(await records.update("missing", { hosts: [] })).toBeNull();
      expect(await records.find(other.id)).toEqual(other);
    });

    test("update() loses no limit of several that are set at once", async () => {
      await using made = await make();
      const { records, usage } = made;
      const tenants = Array.from({ length: 8 }, () => tenantFixture());
      for (const tenant of tenants) await records.add(tenant);
      const changes = [{ images: 1 }, { bytes: 2 }, { requestsPerMinute: 3 }, { renderMsPerMinute: 4 }];
      await Promise.all(tenants.flatMap(({ id }) => changes.map((limits) => records.update(id, { limits }))));
      for (const { id } of tenants) {
        const limits = { images: 1, bytes: 2, requestsPerMinute: 3, renderMsPerMinute: 4 };
        expect((await records.find(id))?.limits).toEqual(limits);
        expect((await usage.read(id)).limits).toEqual({ images: 1, bytes: 2 });
      }
    });

    test("the limits of a tenant's storage hold from add() or update() to remove()", async () => {
      await using made = await make();
      const { records, usage } = made;
      const tenant = tenantFixture({ limits: { ...NO_LIMITS, images: 5 } });
      const limits = async () => (await usage.read(tenant.id)).limits;
      await records.add(tenant);
      expect(await limits()).toEqual({ images: 5, bytes: null });
      await expect(records.add({ ...tenant, limits: NO_LIMITS })).rejects.toMatchObject({ code: "conflict" });
      await records.update(tenant.id, { limits: { ...NO_LIMITS, images: 6, bytes: 7 } });
      await records.update(tenant.id, { hosts: ["a.example.com"] });
      expect(await limits()).toEqual({ images: 6, bytes: 7 });
      await records.update(tenant.id, { limits: NO_LIMITS });
      expect(await limits()).toEqual({ images: null, bytes: null });
      await records.update(tenant.id, { limits: { ...NO_LIMITS, bytes: 7 } });
      await records.remove(tenant.id);
      expect(await limits()).toEqual({ images: null, bytes: null });
    });

    test("list() pages through the tenants, ordered by id", async () => {
      await using made = await make();
      const { records } = made;
      const tenants = ["b-1", "a", "c", "b", "0"].map((id) =>
        tenantFixture({ id, hosts: [`${id}.example`] }),
      );
      for (const tenant of tenants) await records.add(tenant);
      const all = await records.list({ limit: 10 });
      expect(all.map(({ id }) => id)).toEqual(["0", "a", "b", "b-1", "c"]);
      expect(all.map(({ hosts }) => hosts)).toEqual(all.map(({ id }) => [`${id}.example`]));
      expect(await records.list({ limit: 2, after: "a" })).toEqual(all.slice(2, 4));
    });

    test("remove() removes a tenant, whose hosts are free then", async () => {
      await using made = await make();
      const { records } = made;
      const tenant = tenantFixture({ hosts: ["a.example.com"] });
      await records.add(tenant);
      expect([await records.remove(tenant.id), await records.remove(tenant.id)]).toEqual([true, false]);
      expect([await records.find(tenant.id), await records.findByHost("a.example.com")]).toEqual([
        null,
        null,
      ]);
      await records.add(tenantFixture({ hosts: ["a.example.com"] }));
    });
  });
}
