import { expect, test } from "bun:test";
import { keyFixture } from "../../access/key_fixture.ts";
import { MemoryKeyRecords } from "../../access/memory_key_records.ts";
import { MemoryTables } from "../../database/memory_tables.ts";
import { MemoryDeletedImages } from "../../image/deleted/memory_deleted_images.ts";
import { MemoryImageCatalog } from "../../image/catalog/memory_image_catalog.ts";
import { jobFixture } from "../../job/job_fixture.ts";
import { MemoryJobRecords } from "../../job/records/memory_job_records.ts";
import { MemoryTenantRecords } from "../../tenant/memory_tenant_records.ts";
import { MemoryUsageRecords } from "../../tenant/memory_usage_records.ts";
import { createTenant } from "./create_tenant.ts";
import { removeTenant } from "./remove_tenant.ts";

async function scene() {
  const tables = new MemoryTables();
  const records = {
    keys: new MemoryKeyRecords(tables),
    tenants: new MemoryTenantRecords(tables),
    usage: new MemoryUsageRecords(tables),
    now: Date.now,
  };
  await createTenant(records, { id: "acme", limits: { images: 5, requestsPerMinute: 1 } });
  const own = {
    owner: "acme",
    catalog: new MemoryImageCatalog(tables).of("acme"),
    deleted: new MemoryDeletedImages(tables).of("acme"),
    jobs: new MemoryJobRecords(tables).of("acme"),
  };
  return { records, own };
}

test("removeTenant() lifts the limits of the tenant and revokes its keys, so that a later one of its name is new", async () => {
  const { records, own } = await scene();
  const { keys, tenants, usage } = records;
  expect((await usage.read("acme")).limits).toEqual({ images: 5, bytes: null });
  const [key, other] = [keyFixture({ owner: "acme" }), keyFixture()];
  for (const each of [key, other]) await keys.add(each);
  await removeTenant(own, records);
  expect(await tenants.find("acme")).toBeNull();
  expect((await usage.read("acme")).limits).toEqual({ images: null, bytes: null });
  expect((await keys.find(key.id))?.revokedAt).toBeNumber();
  expect(await keys.find(other.id)).toEqual(other);
});

test("removeTenant() refuses a tenant that has jobs, and changes nothing", async () => {
  const { records, own } = await scene();
  const key = keyFixture({ owner: "acme" });
  await records.keys.add(key);
  await own.jobs.add(jobFixture({ owner: "acme" }), []);
  await expect(removeTenant(own, records)).rejects.toMatchObject({ code: "conflict" });
  expect(await records.tenants.find("acme")).not.toBeNull();
  expect(await records.keys.find(key.id)).toEqual(key);
});
