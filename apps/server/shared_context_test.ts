import { expect, test } from "bun:test";
import { findImage, type Ports } from "@progimage/core";
import { OPEN_CALLER } from "./access/caller.ts";
import { beginContext } from "./http/request_context.ts";
import { type FirstContext, shareContext } from "./shared_context.ts";

function sharedContext() {
  const scoped = { of: (): unknown => scoped };
  const names = ["catalog", "deleted", "derivatives", "exchange", "jobs", "ledger", "remote"];
  const data = Object.fromEntries(names.map((name) => [name, scoped]));
  const ports = { ...data, owner: "", now: () => 7 } as unknown as Ports;
  const deliveryOf = () => ({ catalog: ports.catalog });
  const first = { ports, deliveryOf, publicUrl: "https://images.example.com" };
  return { shared: shareContext(first as unknown as FirstContext), ports };
}

function requestOf(tenant: string): Request {
  const request = new Request("http://localhost/");
  const caller = { ...OPEN_CALLER, tenant };
  beginContext(request, { id: "1", caller, keepAlive: () => {}, awaitClient: () => {} });
  return request;
}

test("shareContext() gives each request the ports of its tenant", () => {
  const { shared } = sharedContext();
  const owners = ["acme", "", "acme", "beta"].map((tenant) => shared.of(requestOf(tenant)).ports.owner);
  expect(owners).toEqual(["acme", "", "acme", "beta"]);
});

test("shareContext() makes the context of a tenant once, and none for the first tenant", () => {
  const { shared, ports } = sharedContext();
  expect(shared.of(requestOf("")).ports).toBe(ports);
  expect(shared.of(requestOf("acme"))).toBe(shared.of(requestOf("acme")));
});

test("shareContext() gives routes no ports that reach data", async () => {
  const { shared } = sharedContext();
  expect(Object.keys(shared.ports).toSorted()).toEqual(["limits", "now", "presets", "transforms"]);
  // @ts-expect-error the catalog is reached by the context of a request
  await expect(findImage(shared.ports, "img_1")).rejects.toThrow();
});
