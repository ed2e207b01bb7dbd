import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Job } from "@progimage/client";
import { SCOPES } from "@progimage/core";
import { until } from "@progimage/core/testing";
import { tenantWebhookSecrets, webhookSecretBytes, webhookSecretText } from "../jobs/webhook_secret.ts";
import { startKeyed } from "./testing_keys.ts";
import { noise } from "./testing_pictures.ts";
import { startServer, type TestServer } from "./testing_server.ts";
import { startReceiver, WEBHOOK_SECRET } from "./testing_webhooks.ts";

const NO_ID = "01900000-0000-7000-8000-000000000000";

const NONE = { images: null, bytes: null, requestsPerMinute: null, renderMsPerMinute: null };

describe("/tenants", () => {
  let server: TestServer;
  beforeAll(async () => {
    const webhooks = { PROGIMAGE_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString("base64")}` };
    server = await startServer({ settings: { PROGIMAGE_ALLOWED_HOSTS: "*", ...webhooks } });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const send = async (method: string, path: string, json?: unknown, host?: string) => {
    const headers = {
      ...(json !== undefined && { "content-type": "application/json" }),
      ...(host && { host }),
    };
    const body = json === undefined ? {} : { body: JSON.stringify(json) };
    return await fetch(`${server.url}${path}`, { method, headers, ...body });
  };
  const answered = async (...call: Parameters<typeof send>) => {
    const response = await send(...call);
    return [response.status, response.status === 204 ? null : await response.json()] as const;
  };

  test("makes, shows, lists, changes and removes tenants", async () => {
    const limits = { images: 10, renderMsPerMinute: 60_000 };
    const hosts = ["B.example.com", "a.example.com"];
    const [made, tenant] = await answered("POST", "/tenants", {
      id: "shop-1",
      hosts,
      delivery: "public",
      limits,
    });
    expect(made).toBe(201);
    expect(tenant).toEqual({
      id: "shop-1",
      hosts: ["a.example.com", "b.example.com"],
      delivery: "public",
      limits: { ...NONE, ...limits },
      createdAt: expect.stringMatching(/^\d{4}-/),
    });
    expect(await answered("POST", "/tenants", { id: "0" })).toMatchObject([201, { hosts: [], limits: NONE }]);
    expect(await answered("GET", "/tenants/shop-1")).toEqual([200, tenant]);
    const [, page] = await answered("GET", "/tenants?limit=1");
    expect(page).toMatchObject({ items: [{ id: "0" }], next: "0" });
    expect(await answered("GET", "/tenants?limit=1&cursor=0")).toEqual([
      200,
      { items: [tenant], next: null },
    ]);
    const patch = { delivery: null, hosts: ["c.example.com"], limits: { images: null, bytes: 5 } };
    const changed = { ...tenant, ...patch, limits: { ...NONE, bytes: 5, renderMsPerMinute: 60_000 } };
    expect(await answered("PATCH", "/tenants/shop-1", patch)).toEqual([200, changed]);
    expect(await answered("PATCH", "/tenants/shop-1", {})).toEqual([200, changed]);
    for (const id of ["shop-1", "0"]) expect((await send("DELETE", `/tenants/${id}`)).status).toBe(204);
    for (const method of ["GET", "DELETE"])
      expect(await answered(method, "/tenants/shop-1")).toMatchObject([404, { code: "tenant_not_found" }]);
    expect(await answered("PATCH", "/tenants/shop-1", {})).toMatchObject([404, { code: "tenant_not_found" }]);
  });

  test("shows no webhook secrets in mode open, where everyone could read them", async () => {
    expect(await answered("GET", "/webhook-secrets")).toMatchObject([
      501,
      { code: "feature_disabled", detail: expect.stringContaining("tenants webhook-secrets") },
    ]);
  });

  test("refuses what a tenant cannot have, by name", async () => {
    const refused = [
      [{ id: "-a" }, "id"],
      [{ id: "A" }, "id"],
      [{ id: "" }, "id"],
      [{ id: "a".repeat(33) }, "id"],
      [{ id: "a/b" }, "id"],
      [{ id: "a", hosts: ["*.example.com"] }, "hosts/0"],
      [{ id: "a", hosts: ["example.com:80"] }, "hosts/0"],
      [{ id: "a", hosts: ["a.example", "https://example.com"] }, "hosts/1"],
      [{ id: "a", delivery: "all" }, "delivery"],
      [{ id: "a", limits: { images: -1 } }, "limits/images"],
      [{ id: "a", limits: { images: 1.5 } }, "limits/images"],
      [{ id: "a", limits: { pictures: 1 } }, "limits/pictures"],
    ] as const;
    for (const [json, parameter] of refused)
      expect(await answered("POST", "/tenants", json)).toMatchObject([400, { parameter }]);
    expect(await answered("GET", "/tenants")).toEqual([200, { items: [], next: null }]);
  });

  test("limits the stored images of a tenant, and of no other", async () => {
    const host = "small.example.com";
    await send("POST", "/tenants", { id: "small", hosts: [host], limits: { images: 1 } });
    const upload = async (seed: number, headers: Record<string, string> = { host }) => {
      const body = new Uint8Array(await noise(seed));
      const response = await fetch(`${server.url}/images`, { method: "POST", headers, body });
      return [response.status, await response.json()] as const;
    };
    const [, { id }] = await upload(1);
    expect(await upload(2)).toMatchObject([403, { code: "quota_exceeded", limit: 1 }]);
    expect(await upload(2, {})).toMatchObject([201, {}]);
    await send("PATCH", "/tenants/small", { limits: { images: 2 } });
    expect(await upload(2)).toMatchObject([201, {}]);
    expect(await upload(3)).toMatchObject([403, { code: "quota_exceeded", limit: 2 }]);
    await send("POST", `/images/${id}/erase`, undefined, host);
    expect(await upload(3)).toMatchObject([201, {}]);
  });

  test("refuses an id in use and a host of another tenant", async () => {
    await send("POST", "/tenants", { id: "one", hosts: ["one.example.com"] });
    const calls = [
      ["POST", "/tenants", { id: "one" }],
      ["POST", "/tenants", { id: "two", hosts: ["one.example.com"] }],
    ] as const;
    for (const [method, path, json] of calls)
      expect(await answered(method, path, json)).toMatchObject([409, { code: "conflict" }]);
    const [, { detail }] = await answered("POST", "/tenants", { id: "two", hosts: ["one.example.com"] });
    expect(detail).toContain('"one.example.com"');
    await send("DELETE", "/tenants/one");
  });

  test("shows how much a tenant stores, and how much it may", async () => {
    const host = "used.example.com";
    await send("POST", "/tenants", { id: "used", hosts: [host], limits: { images: 3 } });
    const body = new Uint8Array(await noise(1));
    const stored = await fetch(`${server.url}/images`, { method: "POST", headers: { host }, body });
    const { id, bytes } = (await stored.json()) as { readonly id: string; readonly bytes: number };
    const used = { tenant: "used", images: 1, bytes, limits: { images: 3, bytes: null } };
    expect(await answered("GET", "/usage", undefined, host)).toEqual([200, used]);
    const none = { images: null, bytes: null };
    expect(await answered("GET", "/usage")).toMatchObject([200, { tenant: "", limits: none }]);
    expect(await answered("DELETE", "/tenants/used")).toMatchObject([409, { code: "conflict" }]);
    expect(await answered("GET", `/images/${id}/info`)).toMatchObject([404, { code: "image_not_found" }]);
  });

  test("lets no other tenant find a job: neither its state, items, events, results nor webhook", async () => {
    const host = "acme.example.com";
    await send("POST", "/tenants", { id: "acme", hosts: [host] });
    const request = {
      select: { ids: [Bun.randomUUIDv7()] },
      outputs: [{ format: "webp" }],
      deliver: "derivatives",
    };
    const [, { id }] = await answered("POST", "/jobs", request, host);
    const path = `/jobs/${id}`;
    await until("the job has ended", async () => {
      const [, job] = await answered("GET", path, undefined, host);
      return job.finishedAt !== null || job;
    });
    const [, own] = await answered("GET", "/jobs", undefined, host);
    expect(own.items).toMatchObject([{ id, status: "failed" }]);
    expect(await answered("GET", "/jobs")).toEqual([200, { items: [], next: null }]);
    const missing = (await answered("GET", `/jobs/${Bun.randomUUIDv7()}`))[1];
    const calls = [
      ["GET", path],
      ["GET", `${path}/items`],
      ["GET", `${path}/events`],
      ["GET", `${path}/results.zip`],
      ["POST", `${path}/retry`],
      ["POST", `${path}/cancel`],
      ["POST", `${path}/webhook`],
      ["DELETE", path],
    ] as const;
    for (const [method, place] of calls) {
      const [status, problem] = await answered(method, place);
      expect([status, problem.code, problem.detail]).toEqual([404, "job_not_found", missing.detail]);
    }
    expect(await answered("DELETE", "/tenants/acme")).toMatchObject([409, { code: "conflict" }]);
    const events = await send("GET", `${path}/events`, undefined, host);
    expect(await events.text()).toContain("event: end");
    expect((await send("DELETE", path, undefined, host)).status).toBe(204);
    expect((await send("DELETE", "/tenants/acme")).status).toBe(204);
  });
});

describe("tenants of a server in mode keys", () => {
  test("verify webhooks by secrets of their own, which their admins read", async () => {
    const server = webhookSecretBytes(WEBHOOK_SECRET) ?? new Uint8Array();
    const [acme = "", beta = ""] = ["acme", "beta"]
      .flatMap((id) => tenantWebhookSecrets([server], id))
      .map(webhookSecretText);
    await using own = startReceiver([], acme);
    await using others = startReceiver([], beta);
    await using servers = startReceiver([], WEBHOOK_SECRET);
    const hosts = [own, others, servers].map(({ host }) => host).join(",");
    const settings = { PROGIMAGE_WEBHOOK_SECRET: WEBHOOK_SECRET, PROGIMAGE_FETCH_ALLOW_HOSTS: hosts };
    await using keyed = await startKeyed({ settings });
    const { admin } = keyed;
    await keyed.ask("/tenants", { key: admin, method: "POST", body: { id: "acme" } });
    const made = await keyed.ask("/keys", {
      key: admin,
      method: "POST",
      body: { tenant: "acme", scopes: SCOPES.filter((scope) => scope !== "server") },
    });
    const { key } = (await made.json()) as { readonly key: string };
    const shown = await keyed.ask("/webhook-secrets", { key });
    expect([shown.status, shown.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(await shown.json()).toEqual({ secrets: [acme] });
    expect(await (await keyed.ask("/webhook-secrets", { key: admin })).json()).toMatchObject({
      code: "forbidden",
      detail: expect.stringContaining("PROGIMAGE_WEBHOOK_SECRET"),
    });
    const begin = async ({ url }: { readonly url: string }) => {
      const job = { select: { ids: [NO_ID] }, outputs: [{ recipe: "flip" }], deliver: "derivatives" };
      const body = { ...job, webhook: url };
      const begun = await keyed.ask("/jobs", { key, method: "POST", body });
      const { id } = (await begun.json()) as { readonly id: string };
      let delivery: Job["webhookDelivery"] = null;
      await until("the webhook has answered", async () => {
        const response = await keyed.ask(`/jobs/${id}`, { key });
        delivery = ((await response.json()) as Job).webhookDelivery;
        return (delivery?.attempts ?? 0) > 0 || delivery;
      });
      return delivery as Job["webhookDelivery"];
    };
    expect(await begin(own)).toMatchObject({ status: "delivered" });
    for (const other of [others, servers])
      expect(await begin(other)).toMatchObject({ status: "pending", lastStatus: 401 });
  });

  test("strangers at the host of a tenant get what its delivery says, within a second of a change", async () => {
    await using keyed = await startKeyed({ settings: { PROGIMAGE_DELIVERY: "private" } });
    const host = "acme.example.com";
    const admin = { key: keyed.admin };
    const tenant = { id: "acme", hosts: [host], delivery: "public" };
    expect((await keyed.ask("/tenants", { ...admin, method: "POST", body: tenant })).status).toBe(201);
    const wanted = { tenant: "acme", scopes: ["images:create", "images:read", "admin"] };
    const made = await keyed.ask("/keys", { ...admin, method: "POST", body: wanted });
    const { key } = (await made.json()) as { readonly key: string };
    const body = Uint8Array.from(await noise(1));
    const stored = await keyed.ask("/images", { key, method: "POST", body });
    const { id } = (await stored.json()) as { readonly id: string };
    const asked = async (to: string) =>
      (await keyed.ask(`/images/${id}.webp`, { headers: { host: to } })).status;
    for (let time = 0; time < 2; time++) expect(await asked(host)).toBe(200);
    expect(await asked("localhost")).toBe(401);
    expect((await keyed.ask(`/images/${id}`, admin)).status).toBe(404);
    expect(await (await keyed.ask("/usage", { key })).json()).toMatchObject({ tenant: "acme", images: 1 });
    expect((await keyed.ask("/tenants", { key })).status).toBe(403);
    const patch = { ...admin, method: "PATCH", body: { delivery: "signed" } };
    expect((await keyed.ask("/tenants/acme", patch)).status).toBe(200);
    await until("strangers get nothing more", async () => (await asked(host)) === 401, 5_000);
    await keyed.ask(`/images/${id}/erase`, { key, method: "POST" });
    const unknown = await keyed.ask("/keys", {
      ...admin,
      method: "POST",
      body: { ...wanted, tenant: "no" },
    });
    expect(unknown.status).toBe(404);
  });
});
