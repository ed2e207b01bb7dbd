import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { sign } from "@progimage/client";
import { parseKeyText } from "@progimage/core";
import { sharedPostgres, sharedS3, until } from "@progimage/core/testing";
import { signingSecretOf } from "../access/signature/signing_secret.ts";
import { bucketSettings } from "./testing_bucket.ts";
import { runCommand } from "./testing_command.ts";
import { type KeyedServer, type NewKey, outcomeOf, SECRET, startKeyed } from "./testing_keys.ts";
import { noise } from "./testing_pictures.ts";
import { rawRequest, sendRaw } from "./testing_raw.ts";
import { startServer } from "./testing_server.ts";

const s3 = await sharedS3();

const WEEK = 604_800;

describe("signed URLs", () => {
  let keyed: KeyedServer;
  let id: string;
  let writer: NewKey;
  beforeAll(async () => {
    keyed = await startKeyed({ settings: { PROGIMAGE_SECRET: SECRET, PROGIMAGE_HTTP_PROCESSES: "2" } });
    id = await keyed.upload(await noise(1));
    writer = await keyed.makeKey("images:read", "recipes:run", "images:create");
  });
  afterAll(() => keyed[Symbol.asyncDispose]());

  /** Signs a path and query as a program with the signing secret of a key does. */
  async function signed(
    target: string,
    options: { keyId?: string; expiresIn?: number; secret?: string } = {},
  ) {
    const { keyId = writer.id, expiresIn = 60, secret = SECRET } = options;
    const url = await sign(keyed.server.url + target, {
      keyId,
      secret: signingSecretOf(secret, keyId),
      expiresIn,
    });
    return url.slice(keyed.server.url.length);
  }

  const get = async (target: string, headers: Readonly<Record<string, string>> = {}, method = "GET") =>
    await keyed.ask(target, { headers, method });

  test("open originals and renders for strangers, and nothing else does", async () => {
    for (const target of [`/images/${id}`, `/images/${id}.webp?resize=20x20`, `/images/${id}/info`]) {
      const url = await signed(target);
      // Several times: later ones may come from the cache of answers, of either process.
      for (let time = 0; time < 6; time++) {
        expect([target, await outcomeOf(await get(url))]).toEqual([target, "200"]);
        expect((await get(target)).status).toBeOneOf([401, 404]);
      }
      expect(await outcomeOf(await get(url, {}, "HEAD"))).toBe("200");
    }
  });

  test("are kept by caches until they end, and not for long", async () => {
    const target = `/images/${id}.webp?resize=21x20`;
    const [soon, late] = [await signed(target), await signed(target, { expiresIn: WEEK })];
    for (let time = 0; time < 6; time++) {
      const answer = await get(soon);
      const [, seconds] = /^public, max-age=(\d+)$/.exec(answer.headers.get("cache-control") ?? "") ?? [];
      expect(Number(seconds)).toBeWithin(50, 61);
      const etag = answer.headers.get("etag") ?? "";
      await answer.bytes();
      expect((await get(late)).headers.get("cache-control")).toBe("public, max-age=3600");
      const unchanged = await get(late, { "if-none-match": etag });
      expect([unchanged.status, unchanged.headers.get("cache-control")]).toEqual([
        304,
        "public, max-age=3600",
      ]);
      const part = await get(late, { range: "bytes=0-9" });
      expect([part.status, part.headers.get("cache-control")]).toEqual([206, "public, max-age=3600"]);
      const own = await keyed.ask(target, { key: writer.key });
      expect(own.headers.get("cache-control")).toBe("private, no-cache");
    }
  });

  test("are not answered after any change", async () => {
    const url = await signed(`/images/${id}.webp?resize=22x20&blur=1`);
    const changes = [
      ...Array.from({ length: url.length - 8 }, (_, index) => {
        const at = index + 8;
        return url.slice(0, at) + (url[at] === "7" ? "8" : "7") + url.slice(at + 1);
      }),
      url.replace("resize=22x20&blur=1", "blur=1&resize=22x20"),
      url.replace("resize", "r%65size"),
      `${url}&v=1`,
      `${url}&`,
      `/x${url}`,
      `/images/../pictures${url}`,
    ];
    for (const changed of changes) {
      // Without the name of the signature, the caller is a stranger.
      const refusal = /[?&]sig=/.test(changed) ? 403 : 401;
      expect([changed, (await get(changed)).status]).toEqual([changed, refusal]);
    }
    expect(await outcomeOf(await get(url))).toBe("200");
    for (const method of ["POST", "PUT", "PATCH", "DELETE"])
      expect(await outcomeOf(await get(url, {}, method))).toBe("403 forbidden");
  });

  test("are refused if they have expired, or are by another secret or an unknown key", async () => {
    const target = `/images/${id}`;
    const past = await signed(target);
    const key = signingSecretOf(SECRET, writer.id);
    const ended = await sign(keyed.server.url + target, {
      keyId: writer.id,
      secret: key,
      expiresAt: new Date(1_000),
    });
    const refused = [
      ended.slice(keyed.server.url.length),
      await signed(target, { secret: "another secret, of another server" }),
      await signed(target, { keyId: "00000000000" }),
      past.replace(/kid=\w+/, `kid=${parseKeyText(keyed.admin)?.id}`),
    ];
    for (const url of refused) expect(await outcomeOf(await get(url))).toBe("403 forbidden");
  });

  test("are verified as the router sees them", async () => {
    const url = await signed(`/images/${id}.png?text=%27a%27`);
    const spelt = url.replace("/images/", "/jobs/../%2e/images/").replace("%27a%27", "'a'");
    const answer = await sendRaw(keyed.server.url, rawRequest(`GET ${spelt} HTTP/1.1`, ["Host: localhost"]));
    expect(answer.status).toBeOneOf([200, 400]);
    expect((await get(url)).status).toBe(answer.status);
  });

  test("do not count beside a header Authorization", async () => {
    const url = await signed(`/images/${id}`);
    for (const authorization of ["Basic YTpi", "Bearer pi_x", `Bearer ${writer.key}x`])
      expect((await get(url, { authorization })).status).toBe(401);
    expect(await outcomeOf(await keyed.ask(url, { key: writer.key }))).toBe("200");
    const creator = await keyed.makeKey("images:create");
    expect(await outcomeOf(await keyed.ask(url, { key: creator.key }))).toBe("403 forbidden");
  });

  test("open no more than their key may do, and nothing within a second of its end", async () => {
    const reader = await keyed.makeKey("images:read");
    const [original, render] = [`/images/${id}`, `/images/${id}.webp?resize=23x20`];
    expect(await outcomeOf(await get(await signed(original, { keyId: reader.id })))).toBe("200");
    expect(await outcomeOf(await get(await signed(render, { keyId: reader.id })))).toBe("403 forbidden");
    const admin = parseKeyText(keyed.admin)?.id ?? "";
    for (const path of ["/keys", "/images/deleted"])
      expect([path, (await get(await signed(path, { keyId: admin }))).status]).toEqual([
        path,
        path === "/keys" ? 403 : 200,
      ]);
    const url = await signed(original, { keyId: reader.id, expiresIn: WEEK });
    expect(await outcomeOf(await get(url))).toBe("200");
    await keyed.ask(`/keys/${reader.id}/revoke`, { key: keyed.admin, method: "POST" });
    await until("both processes refuse the URL", async () => {
      const answers = await Promise.all(
        Array.from({ length: 12 }, async () => await outcomeOf(await get(url))),
      );
      return answers.every((outcome) => outcome === "403 forbidden");
    });
  });

  test("are made with the signing secret that comes with a key, or is printed by a command", async () => {
    const { id: keyId, ...key } = await keyed.makeKey("images:read");
    const { signingSecret = "" } = key as { readonly signingSecret?: string };
    expect(signingSecret).toBe(signingSecretOf(SECRET, keyId));
    const environment = { PROGIMAGE_DATA_DIR: keyed.server.dataDir, PROGIMAGE_SECRET: SECRET };
    const printed = await runCommand(environment, "keys", "secret", keyId);
    expect(printed).toMatchObject({ code: 0, output: `${signingSecret}\n` });
    expect(await runCommand(environment, "keys", "secret", "00000000000")).toMatchObject({
      code: 1,
      errors: expect.stringContaining("Cannot find key: there is none with this id"),
    });
    const url = await sign(`${keyed.server.url}/images/${id}`, { keyId, secret: signingSecret });
    expect(await outcomeOf(await fetch(url))).toBe("200");
  });

  test("are in the log without their signatures", async () => {
    const valid = await signed(`/images/${id}?v=unique`);
    const refused = await signed(`/images/${id}?v=refused`, { secret: "another secret of some server" });
    for (const url of [valid, refused]) await (await get(url)).bytes();
    await until("the requests are logged", () =>
      ["v=unique", "v=refused"].every((text) => keyed.server.log().includes(text)),
    );
    for (const url of [valid, refused])
      expect(keyed.server.log()).not.toContain(new URLSearchParams(url).get("sig") ?? url);
    expect(keyed.server.log()).not.toContain(SECRET);
  });

  test("are made by POST /sign, for what its caller may GET", async () => {
    const ask = async (body: object, key = writer.key) =>
      await keyed.ask("/sign", { method: "POST", key, body });
    const made = await ask({ urls: [`/images/${id}`, `${keyed.server.url}/images/${id}.webp?resize=24x20`] });
    const { urls } = (await made.json()) as { readonly urls: readonly string[] };
    expect(urls).toHaveLength(2);
    for (const url of urls) expect((await fetch(url)).status).toBe(200);
    const reader = await keyed.makeKey("images:read");
    expect(await outcomeOf(await ask({ url: `/images/${id}` }, reader.key))).toBe("200");
    expect(await outcomeOf(await ask({ url: `/images/${id}.webp?resize=24x20` }, reader.key))).toBe(
      "403 forbidden",
    );
    expect(await outcomeOf(await ask({ url: "/keys" }, keyed.admin))).toBe("403 forbidden");
    expect((await keyed.ask("/sign", { method: "POST", body: { url: "/images" } })).status).toBe(401);
  });
});

test("signatures have no effect in mode open", async () => {
  await using server = await startServer();
  const { id } = await server.client.images.upload(await noise(1));
  const tail = `exp=1&kid=k1&sig=${"A".repeat(43)}`;
  for (const url of [`/images/${id}?${tail}`, `/images/${id}.webp?resize=20x20&${tail}`])
    expect([url, await outcomeOf(await fetch(server.url + url))]).toEqual([url, "200"]);
  const picture = Uint8Array.from(await noise(2));
  const stored = await fetch(`${server.url}/images?tags=a&${tail}`, { method: "POST", body: picture });
  expect(await outcomeOf(stored)).toBe("201");
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: '{"url":"/images"}' };
  expect(await outcomeOf(await fetch(`${server.url}/sign`, init))).toBe("501 feature_disabled");
});

test.skipIf(!s3)(
  "a signed URL of an original in S3 leads to a URL that ends with it",
  async () => {
    if (!s3) return;
    const settings = { ...bucketSettings(await s3.freshBucket()), PROGIMAGE_S3_REDIRECT: "true" };
    await using keyed = await startKeyed({ settings });
    const id = await keyed.upload(await noise(1));
    for (const [expiresIn, most] of [
      [60, 60],
      [86_400, 300],
    ] as const) {
      const body = { url: `/images/${id}`, expiresIn };
      const made = await keyed.ask("/sign", { method: "POST", key: keyed.admin, body });
      const { url } = (await made.json()) as { readonly url: string };
      const answer = await fetch(url, { redirect: "manual" });
      expect([answer.status, answer.headers.get("cache-control")]).toEqual([307, "no-store"]);
      const place = new URL(answer.headers.get("location") ?? "");
      expect(Number(place.searchParams.get("X-Amz-Expires"))).toBeWithin(most - 10, most + 1);
      expect((await fetch(place)).headers.get("cache-control")).toMatch(
        expiresIn === 60 ? /^public, max-age=[56]\d$/ : /^public, max-age=3600$/,
      );
    }
  },
  60_000,
);

for (const kind of ["SQLite", "PostgreSQL"] as const) {
  const server = kind === "SQLite" ? null : await sharedPostgres();
  describe.skipIf(kind !== "SQLite" && !server)(`upload tokens on ${kind}`, () => {
    let keyed: KeyedServer;
    const stack = new AsyncDisposableStack();
    beforeAll(async () => {
      const database = server && stack.use(await server.freshDatabase());
      keyed = await startKeyed({
        settings: {
          PROGIMAGE_SECRET: SECRET,
          PROGIMAGE_HTTP_PROCESSES: "2",
          ...(database && { PROGIMAGE_DATABASE_URL: database.url }),
        },
      });
      stack.use(keyed);
    });
    afterAll(() => stack.disposeAsync());

    async function tokenFor(upload: object): Promise<string> {
      const made = await keyed.ask("/sign", { method: "POST", key: keyed.admin, body: { upload } });
      return ((await made.json()) as { readonly url: string }).url;
    }

    const send = async (url: string, body: BodyInit, headers: Readonly<Record<string, string>> = {}) =>
      await fetch(url, { method: "POST", body, headers });

    test("store one image for a page of any origin, with the attributes of the token", async () => {
      const url = await tokenFor({ tags: ["avatar"], maxBytes: 100_000, formats: ["jpeg"] });
      const page = { origin: "https://app.example.com", "sec-fetch-site": "cross-site" };
      const stored = await send(url, Uint8Array.from(await noise(2)), page);
      expect([stored.status, await stored.json()]).toEqual([
        201,
        expect.objectContaining({ tags: ["avatar"] }),
      ]);
      const form = new FormData();
      form.append("tags", "other");
      form.append("image", new Blob([Uint8Array.from(await noise(3))]));
      expect(await outcomeOf(await send(url, form, page))).toBe("403 forbidden");
    });

    test("with once store one image of 50 at the same time, in two processes", async () => {
      const url = await tokenFor({ once: true, tags: ["once"] });
      const pictures = await Promise.all(Array.from({ length: 50 }, (_, index) => noise(100 + index)));
      const sent = pictures.map(
        async (picture) => await outcomeOf(await send(url, Uint8Array.from(picture))),
      );
      const outcomes = (await Promise.all(sent)).toSorted();
      expect(outcomes).toEqual(["201", ...Array.from({ length: 49 }, () => "409 conflict")]);
      const listed = await keyed.ask("/images?tag=once", { key: keyed.admin });
      expect(((await listed.json()) as { readonly items: readonly unknown[] }).items).toHaveLength(1);
    });

    test("are no URLs to open, and URLs are no tokens", async () => {
      const token = await tokenFor({});
      expect(await outcomeOf(await fetch(token))).toBe("403 forbidden");
      const made = await keyed.ask("/sign", { method: "POST", key: keyed.admin, body: { url: "/images" } });
      const { url } = (await made.json()) as { readonly url: string };
      expect(await outcomeOf(await fetch(url))).toBe("200");
      expect(await outcomeOf(await send(url, Uint8Array.from(await noise(4))))).toBe("403 forbidden");
      for (const other of [token.replace("/images?", "/images/batch?"), token.replace("?", "?tags=a&")])
        expect(await outcomeOf(await send(other, Uint8Array.from(await noise(4))))).toBe("403 forbidden");
    });
  });
}
