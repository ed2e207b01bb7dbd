import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Ports, type Scope, SCOPES } from "@progimage/core";
import { keyFixture, type TestFolder, testFolder, testingJobPorts } from "@progimage/core/testing";
import pino from "pino";
import { type Caller, OPEN_CALLER } from "../access/caller.ts";
import { createDeliveryRule, type DeliverySettings } from "../access/delivery_rule.ts";
import { createSignatureRecogniser } from "../access/signature/signature_recogniser.ts";
import { Signatures } from "../access/signature/signatures.ts";
import { createApp } from "../app.ts";
import { beginContext } from "../http/request_context.ts";
import type { SharedContext } from "../server_context.ts";
import { readConfig } from "../settings/config.ts";

const NOW = Date.UTC(2030, 0, 1);
const ID = "01926f5e-7c3b-7d2a-9c1e-0f2b6a4d8e10";
const PUBLIC_URL = "https://example.com/pictures";
const signatures = new Signatures(["the secret of the server under test"]);

let folder: TestFolder;
let ports: Ports;

beforeAll(async () => {
  folder = await testFolder();
  ports = await testingJobPorts(folder.path);
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

function callerOf(scopes: readonly Scope[] = SCOPES, changes: Partial<Caller> = {}): Caller {
  return { tenant: "acme", scopes: new Set(scopes), by: "key", keyId: "k1", ...changes };
}

interface Asked {
  readonly caller?: Caller;
  readonly publicUrl?: string;
  readonly isOpen?: boolean;
  readonly delivery?: DeliverySettings["delivery"];
}

async function sign(
  json: unknown,
  { caller = callerOf(), publicUrl = PUBLIC_URL, isOpen = false, delivery = "signed" }: Asked = {},
) {
  const app = createApp({
    config: readConfig({}),
    log: pino({ level: "silent" }),
    ports: { ...ports, now: () => NOW },
    publicUrl,
    deliveryRule: createDeliveryRule({ access: "keys", delivery, publicOriginals: false }),
    signatures: isOpen ? null : signatures,
  } as unknown as SharedContext);
  const request = new Request("http://localhost/sign", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(json),
  });
  beginContext(request, { id: "r", caller, keepAlive: () => {}, awaitClient: () => {} });
  const response = await app.handle(request);
  return { status: response.status, json: await response.json() };
}

/** Returns the caller of a signed URL. */
async function callerBy(url: string, method = "GET") {
  const recogniser = createSignatureRecogniser({
    signatures,
    findKey: (id) => keyFixture({ id, owner: "acme", scopes: SCOPES }),
    now: () => NOW,
  });
  return await recogniser(new Request(url.replace("/pictures/", "/"), { method }));
}

describe("POST /sign of URLs", () => {
  test("signs a URL or a path of this server with the key of its caller, for ten minutes", async () => {
    const target = `/images/${ID}.webp?resize=320x240&v=1`;
    for (const url of [target, `${PUBLIC_URL}${target}`, `/x/..${target}#there`]) {
      const { status, json } = await sign({ url });
      expect(status).toBe(200);
      expect(json).toEqual({
        url: expect.stringContaining(`${PUBLIC_URL}${target}&exp=${NOW / 1000 + 600}&kid=k1&sig=`),
        method: "GET",
        expiresAt: "2030-01-01T00:10:00.000Z",
      });
      expect(await callerBy(json.url)).toMatchObject({ by: "signature", tenant: "acme", keyId: "k1" });
    }
  });

  test("signs many in their order, and signs signed ones anew", async () => {
    const urls = [`/images/${ID}`, `/images/${ID}.webp?text='ä'`];
    const { json } = await sign({ urls, expiresAt: "2030-01-01T00:00:30.900Z" });
    expect(json.urls).toHaveLength(2);
    expect(json.urls[1]).toStartWith(
      `${PUBLIC_URL}/images/${ID}.webp?text=%27%C3%A4%27&exp=${NOW / 1000 + 30}&`,
    );
    const again = await sign({ urls: json.urls });
    expect(again.json.urls[0]).toStartWith(`${PUBLIC_URL}/images/${ID}?exp=${NOW / 1000 + 600}&kid=k1&sig=`);
    for (const url of [...json.urls, ...again.json.urls])
      expect(await callerBy(url)).toMatchObject({ by: "signature" });
  });

  test("gives paths if the URL of the server is unknown", async () => {
    const { json } = await sign({ url: `/images/${ID}` }, { publicUrl: "" });
    expect(json.url).toStartWith(`/images/${ID}?exp=`);
    expect(await sign({ url: `http://localhost/images/${ID}` }, { publicUrl: "" })).toMatchObject({
      status: 400,
    });
  });

  const foreign = [
    "https://evil.example/pictures/images/a",
    "https://example.com/other/images/a",
    "https://example.com/pictures-not/images/a",
    "http://example.com/pictures/images/a",
    "https://example.com/pictures/../images/a",
    "/../images/a",
    "images/a",
    "data:,a",
    "/images/a?sig=1",
    "/images/a?exp=1&v=2",
    "/images/a?%6bid=1",
  ];

  test.each(foreign)("does not sign %s", async (url) => {
    const { status, json } = await sign({ urls: [url] });
    expect([status, json.code, json.parameter]).toEqual([400, "invalid_parameter", "urls/0"]);
  });

  test("limits how long URLs are valid, most of all for callers who can only read or have no key", async () => {
    const day = { url: "/images/a", expiresIn: 86_400 };
    const week = { url: "/images/a", expiresIn: 604_800 };
    const reader = callerOf(["images:read"]);
    const user = callerOf(SCOPES, { by: "jwt", keyId: null });
    expect(await sign(week)).toMatchObject({ status: 200 });
    expect(await sign({ ...week, expiresIn: 604_801 })).toMatchObject({
      status: 400,
      json: { limit: 604_800 },
    });
    for (const caller of [reader, user]) {
      expect(await sign(day, { caller })).toMatchObject({
        status: 400,
        json: { parameter: "expiresIn", limit: 600 },
      });
      expect(await sign({ ...day, expiresIn: 600 }, { caller })).toMatchObject({ status: 200 });
    }
    for (const expiresAt of ["2030-01-01T00:00:00.999Z", "2029-01-01", "2031-01-01"])
      expect(await sign({ url: "/images/a", expiresAt })).toMatchObject({
        status: 400,
        json: { parameter: "expiresAt" },
      });
    expect(await sign({ ...day, expiresAt: "2030-01-02" })).toMatchObject({
      json: { code: "conflicting_parameters" },
    });
  });

  test("signs for a caller without a key by a built-in key with no more than its rights", async () => {
    const caller = callerOf(["images:read", "admin"], { by: "jwt", keyId: null });
    const { json } = await sign({ url: "/images/a" }, { caller });
    expect(json.url).toContain("&kid=r.acme&");
    expect(await callerBy(json.url)).toMatchObject({ tenant: "acme", scopes: new Set(["images:read"]) });
  });

  test("signs only what its caller may GET, and what a signature opens", async () => {
    const reader = callerOf(["images:read"]);
    const statusOf = async (url: string, asked: Asked = {}) => (await sign({ url }, asked)).status;
    for (const url of [
      `/images/${ID}`,
      `/images/${ID}/info`,
      "/images?tag=a",
      "/",
      `/images/${ID}?v=1&download`,
    ])
      expect([url, await statusOf(url, { caller: reader })]).toEqual([url, 200]);
    for (const url of [`/images/${ID}.webp`, `/images/${ID}?resize=1`, `/images/${ID}.auto`, "/jobs"]) {
      expect([url, await statusOf(url, { caller: reader })]).toEqual([url, 403]);
      expect([url, await statusOf(url)]).toEqual([url, 200]);
    }
    expect(await statusOf("/keys")).toBe(403);
    for (const url of ["/images/a/b", "/metrics"])
      expect(await sign({ url })).toMatchObject({ status: 404, json: { code: "route_not_found" } });
    const { status, json } = await sign({ url: `/images/${ID}` }, { delivery: "private" });
    expect([status, json.detail]).toEqual([403, expect.stringContaining("PROGIMAGE_DELIVERY is private")]);
  });

  test("refuses callers without the scope, requests without or with two wishes, and mode open", async () => {
    const url = "/images/a";
    expect(await sign({ url }, { caller: callerOf(["images:create"]) })).toMatchObject({ status: 403 });
    expect(await sign({ upload: {} }, { caller: callerOf(["images:read"]) })).toMatchObject({ status: 403 });
    expect(await sign({})).toMatchObject({ status: 400, json: { code: "invalid_parameter" } });
    expect(await sign({ url, urls: [url] })).toMatchObject({ json: { code: "conflicting_parameters" } });
    expect(await sign({ url, method: "DELETE" })).toMatchObject({ json: { code: "unknown_parameter" } });
    const open = { caller: OPEN_CALLER, isOpen: true };
    expect(await sign({ url }, open)).toMatchObject({ status: 501, json: { code: "feature_disabled" } });
  });
});

describe("POST /sign of upload tokens", () => {
  test("writes the terms and attributes into the URL, as POST /images reads them", async () => {
    const { status, json } = await sign({
      upload: {
        maxBytes: 5_000_000,
        formats: ["jpeg", "png"],
        once: true,
        tags: ["a b", "ä&c"],
        metadata: { user: 7, "+": "=" },
        focalPoint: { x: 0.5, y: 0.25 },
        name: null,
        expiresIn: 3_600,
      },
      expiresIn: 604_800,
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({ method: "POST", expiresAt: "2030-01-08T00:00:00.000Z" });
    expect(await callerBy(json.url, "POST")).toMatchObject({
      by: "token",
      scopes: new Set(["images:create"]),
    });
    const query = [...new URL(json.url).searchParams].slice(0, -3);
    expect(query).toEqual([
      ["maxBytes", "5000000"],
      ["formats", "jpeg"],
      ["formats", "png"],
      ["once", "true"],
      ["tags", "a b"],
      ["tags", "ä&c"],
      ["metadata", '{"user":7,"+":"="}'],
      ["focalPoint", "0.5,0.25"],
      ["expiresIn", "3600"],
    ]);
    expect((await sign({ upload: {} })).json.url).toStartWith(`${PUBLIC_URL}/images?exp=`);
  });

  test("makes none for longer than ten minutes for a caller with a JWT, whose right cannot be revoked", async () => {
    const caller = callerOf(["images:create"], { by: "jwt", keyId: null });
    expect((await sign({ upload: {}, expiresIn: 600 }, { caller })).status).toBe(200);
    const { status, json } = await sign({ upload: {}, expiresIn: 601 }, { caller });
    expect([status, json.parameter, json.limit]).toEqual([400, "expiresIn", 600]);
    const uploader = { caller: callerOf(["images:create"]) };
    expect((await sign({ upload: {}, expiresIn: 604_800 }, uploader)).status).toBe(200);
  });

  const unusable: readonly (readonly [upload: object, parameter: string])[] = [
    [{ maxBytes: 0 }, "upload/maxBytes"],
    [{ formats: ["exe"] }, "upload/formats/0"],
    [{ formats: [] }, "upload/formats"],
    [{ once: "yes" }, "upload/once"],
    [{ tags: [""] }, "upload/tags/0"],
    [{ secret: 1 }, "upload/secret"],
    [{ expiresIn: 1, expiresAt: "2031-01-01" }, "upload/expiresIn"],
    [{ metadata: { text: "a".repeat(9_000) } }, "upload"],
  ];

  test.each(unusable)("refuses the terms %j", async (upload, parameter) => {
    expect(await sign({ upload })).toMatchObject({ status: 400, json: { parameter } });
  });
});
