import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { newKeyText, type Scope, SCOPES, writeKeyText } from "@progimage/core";
import { sharedPostgres, testFolder, until } from "@progimage/core/testing";
import { runCommand } from "./testing_command.ts";
import { type AskOptions, type KeyedServer, outcomeOf, SECRET, startKeyed } from "./testing_keys.ts";
import { noise } from "./testing_pictures.ts";
import { startServer } from "./testing_server.ts";

const NO_ID = "01900000-0000-7000-8000-000000000000";

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

/** Returns all operations of the document, on things that do not exist. */
async function operationsOf({ ask }: KeyedServer): Promise<readonly Operation[]> {
  const document = (await (await ask("/swagger/json")).json()) as {
    readonly paths: Record<string, Record<string, Pick<Operation, "security">>>;
  };
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      path: path
        .replace("{id}", NO_ID)
        .replace("{ext}", "webp")
        .replaceAll(/\{\w+\}/g, "none"),
      security,
    })),
  );
}

/** Transforms are services of one kind: one stands for all. */
function isTwin({ path }: Operation): boolean {
  return path.startsWith("/transforms/") && path !== "/transforms/blur" && path !== "/transforms/none";
}

describe("a server in mode keys", () => {
  let keyed: KeyedServer;
  let operations: readonly Operation[];
  beforeAll(async () => {
    keyed = await startKeyed();
    operations = (await operationsOf(keyed)).filter((operation) => !isTwin(operation));
  });
  afterAll(() => keyed[Symbol.asyncDispose]());

  test("answers strangers on the free routes alone", async () => {
    expect(operations.length).toBeGreaterThan(40);
    for (const { method, path, security } of operations) {
      const response = await keyed.ask(path, { method });
      const isFree = security.length === 0;
      expect([method, path, response.status === 401]).toEqual([method, path, !isFree]);
      expect(response.headers.get("www-authenticate")).toBe(isFree ? null : "Bearer");
      await response.bytes();
    }
    for (const path of ["/swagger", "/swagger/json", "/swagger/swagger-ui.css", "/swagger/start.js"])
      expect((await keyed.ask(path)).status).toBe(200);
    for (const path of ["/metrics", "/images/", "//images", "/image%73", "/images/../jobs", "/%2e/keys"])
      expect([path, await outcomeOf(await keyed.ask(path))]).toEqual([path, "401 unauthenticated"]);
  });

  test("opens the routes of each scope, and no other", async () => {
    for (const scope of SCOPES) {
      const { key } = await keyed.makeKey(scope);
      for (const { method, path, security } of operations) {
        // The route asks for a second scope.
        if (path === "/archives") continue;
        const isDelivery = security.some((each) => Object.keys(each).length === 0);
        const needed = isDelivery ? (path.endsWith(".webp") ? "recipes:run" : "images:read") : scope;
        // All of several scopes are another test.
        if (security.some(({ key: scopes = [] }) => scopes.length > 1)) continue;
        const isOpen = security.length === 0 || security.some(({ key: scopes }) => scopes?.includes(scope));
        const response = await keyed.ask(path, { key, method });
        const refusal = `${scope}: ${method} ${path}: ${response.status}`;
        expect([refusal, response.status === 403]).toEqual([refusal, !isOpen || needed !== scope]);
        expect(response.status).not.toBe(401);
        await response.bytes();
      }
    }
  });

  test("names the scope that a key lacks", async () => {
    const { key } = await keyed.makeKey("images:read");
    const response = await keyed.ask("/images", { key, method: "POST", body: await picture(1) });
    expect(response.status).toBe(403);
    expect(response.headers.get("www-authenticate")).toBeNull();
    expect(await response.json()).toMatchObject({
      code: "forbidden",
      detail: expect.stringContaining('"images:create"'),
    });
  });

  test("asks for the scopes that a body needs", async () => {
    const id = await keyed.upload(await picture(2));
    const ids = [id];
    const filter = { tag: "none" };
    const patch = { tags: ["x"] };
    const cases: readonly (readonly [path: string, body: object, ...scopes: Scope[]])[] = [
      ["/images/bulk", { action: "describe", select: { ids } }, "images:read"],
      ["/images/bulk", { action: "describe", select: { all: true } }, "images:read"],
      ["/images/bulk", { action: "update", select: { ids }, patch }, "images:write", "images:read"],
      ["/images/bulk", { action: "restore", select: { ids } }, "images:delete", "images:read"],
      ["/images/bulk", { action: "delete", select: { ids: [NO_ID] } }, "images:delete"],
      ["/images/bulk", { action: "erase", select: { filter } }, "images:delete", "images:read"],
      ["/images/bulk", { action: "purge", select: { filter } }, "images:write", "images:read"],
      ["/purge", { select: { ids } }, "images:write"],
      ["/purge", { tag: "none" }, "images:write", "images:read"],
      ["/purge", { select: { all: true } }, "admin"],
    ];
    for (const [path, body, ...scopes] of cases) {
      expect(await statusWith(scopes, path, body)).toBeLessThan(300);
      for (const lacking of scopes) {
        const others = SCOPES.filter((scope) => scope !== lacking);
        expect([body, lacking, await statusWith(others, path, body)]).toEqual([body, lacking, 403]);
      }
    }
    const archive = { select: { ids } };
    expect(await statusWith(["recipes:run"], "/archives", archive)).toBe(403);
    expect(await statusWith(["recipes:run", "images:read"], "/archives", archive)).toBe(200);
    const render = { source: id, recipe: "flip", format: "png" };
    expect(await statusWith(["recipes:run"], "/render", render)).toBe(200);
    expect(await statusWith(["recipes:run"], "/render", { ...render, save: true })).toBe(403);
    expect(await statusWith(["recipes:run", "images:create"], "/render", { ...render, save: true })).toBe(
      201,
    );
    const job = { select: { ids }, outputs: [{ recipe: "flip" }], deliver: "derivatives" };
    const jobScopes = ["jobs:write", "images:read", "recipes:run"] as const;
    for (const lacking of jobScopes.slice(1))
      expect(await statusWith(without(jobScopes, lacking), "/jobs", job)).toBe(403);
    expect(await statusWith(jobScopes, "/jobs", { ...job, deliver: "images" })).toBe(403);
    expect(await statusWith(jobScopes, "/jobs", { ...job, deliver: { exchange: { prefix: "a" } } })).toBe(
      403,
    );
    expect(await statusWith(jobScopes, "/jobs", job)).toBe(202);
  });

  test("asks for the scopes of a job also to read its results and to retry it", async () => {
    const ids = [await keyed.upload(await picture(6))];
    const body = { select: { ids }, outputs: [{ recipe: "flip" }], deliver: "derivatives" };
    const made = await keyed.ask("/jobs", { key: keyed.admin, method: "POST", body });
    const { id } = (await made.json()) as { readonly id: string };
    const path = `/jobs/${id}`;
    await until("the job has ended", async () => {
      const job = await keyed.ask(path, { key: keyed.admin });
      return ((await job.json()) as { readonly status: string }).status === "succeeded";
    });
    const scopes = ["jobs:write", "images:read", "recipes:run"] as const;
    const outcomes = async (given: readonly Scope[]) => {
      const { key } = await keyed.makeKey(...given);
      const results = await keyed.ask(`${path}/results.zip`, { key });
      const retried = await keyed.ask(`${path}/retry`, { key, method: "POST" });
      return [await outcomeOf(results), await outcomeOf(retried)];
    };
    for (const lacking of scopes.slice(1))
      expect(await outcomes(without(scopes, lacking))).toEqual(["403 forbidden", "403 forbidden"]);
    expect(await outcomes(scopes)).toEqual(["200", "409 conflict"]);
  });

  test("changes all images at once for admin alone", async () => {
    const body = (action: string) => ({
      action,
      select: { all: true },
      ...(action === "update" && { patch: { tags: ["all"] } }),
    });
    const others = SCOPES.filter((scope) => scope !== "admin");
    for (const action of ["update", "purge", "delete", "erase"])
      expect([action, await statusWith(others, "/images/bulk", body(action))]).toEqual([action, 403]);
    expect(await statusWith(SCOPES, "/images/bulk", body("purge"))).toBe(200);
  });

  test("shows no description to a key that can only change or restore images", async () => {
    const id = await keyed.upload(await picture(5));
    const body = { tags: ["seen"] };
    const [writer, remover] = await Promise.all([
      keyed.makeKey("images:write"),
      keyed.makeKey("images:delete"),
    ]);
    for (const path of [`/images/${id}`, `/images/${id}/info`]) {
      const response = await keyed.ask(path, { key: writer.key, method: "PATCH", body });
      expect(await response.json()).toMatchObject({
        code: "forbidden",
        detail: 'Cannot answer as the key has no scope "images:read"',
      });
    }
    expect((await keyed.ask(`/images/${id}`, { key: remover.key, method: "DELETE" })).status).toBe(204);
    const restore = { key: remover.key, method: "POST" };
    expect(await outcomeOf(await keyed.ask(`/images/${id}/restore`, restore))).toBe("403 forbidden");
    const { key } = await keyed.makeKey("images:delete", "images:read");
    expect(await outcomeOf(await keyed.ask(`/images/${id}/restore`, { ...restore, key }))).toBe("200");
  });

  test("tells a key without images:read no more about a private image than about a missing one", async () => {
    const body = await picture(3);
    const stored = await keyed.ask("/images?private=true", { key: keyed.admin, method: "POST", body });
    const { id } = (await stored.json()) as { readonly id: string };
    const shown = await keyed.upload(await picture(4));
    const { key } = await keyed.makeKey("recipes:run");
    const outcome = async (path: string) => await outcomeOf(await keyed.ask(path, { key }));
    for (const each of [id, NO_ID]) {
      expect(await outcome(`/images/${each}.png`)).toBe("404 image_not_found");
      expect(await outcome(`/images/${shown}.png?watermark=${each}`)).toBe("400 invalid_parameter");
    }
    expect(await outcome(`/images/${shown}.png`)).toBe("200");
  });

  test("refuses keys that are misspelt, unknown or have expired, and other headers Authorization", async () => {
    const expiresAt = new Date(Date.now() + 1_500).toISOString();
    const made = await keyed.ask("/keys", {
      key: keyed.admin,
      method: "POST",
      body: { scopes: ["images:read"], expiresAt, label: "short" },
    });
    const { key } = (await made.json()) as { readonly key: string };
    expect((await keyed.ask("/images", { key })).status).toBe(200);
    await until("the key has expired", async () => (await keyed.ask("/images", { key })).status === 401);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
    for (const wrong of [writeKeyText(newKeyText()), keyed.admin.slice(0, -1), "eyJhbGciOiJub25lIn0.e30."])
      for (const path of ["/images", "/transforms", `/images/${NO_ID}`])
        expect((await keyed.ask(path, { key: wrong })).status).toBe(401);
    expect((await keyed.ask("/images", { headers: { authorization: "Basic eDp5" } })).status).toBe(401);
    expect((await keyed.ask("/healthz", { key: "wrong" })).status).toBe(200);
  });

  test("makes keys with no more rights than their maker has, and lists them without secrets", async () => {
    const { key } = await keyed.makeKey("admin", "images:read");
    const make = (scopes: readonly string[], more: object = {}) =>
      keyed.ask("/keys", { key, method: "POST", body: { scopes, ...more } });
    expect((await make(["images:write"])).status).toBe(403);
    expect((await make(["images:read"], { tenant: "shop" })).status).toBe(403);
    expect((await make([])).status).toBe(400);
    expect((await make(["images:everything"])).status).toBe(400);
    const response = await make(["images:read"], { label: "reader" });
    const made = (await response.json()) as { readonly id: string; readonly key: string };
    expect(response.headers.get("cache-control")).toBe("no-store");
    const listed = await (await keyed.ask("/keys?limit=1000", { key })).text();
    expect(listed).toContain(`"id":"${made.id}"`);
    expect(listed).not.toContain(made.key.slice(-49));
    expect(listed).not.toMatch(/secretHash/);
    expect((await keyed.ask(`/keys/${made.id}/revoke?tenant=shop`, { key, method: "POST" })).status).toBe(
      403,
    );
    expect((await keyed.ask("/keys/none/revoke", { key, method: "POST" })).status).toBe(404);
    const other = await keyed.ask("/keys?tenant=shop", { key: keyed.admin });
    expect(await other.json()).toEqual({ items: [], next: null });
  });

  test("makes no key that outlives the key of its maker", async () => {
    const make = (key: string, scopes: readonly Scope[], expiresAt?: number) => {
      const body = { scopes, ...(expiresAt && { expiresAt: new Date(expiresAt).toISOString() }) };
      return keyed.ask("/keys", { key, method: "POST", body });
    };
    const end = Date.now() + 600_000;
    const brief = await make(keyed.admin, ["admin", "images:read"], end);
    const { key } = (await brief.json()) as { readonly key: string };
    for (const expiresAt of [undefined, end + 1]) {
      const response = await make(key, ["images:read"], expiresAt);
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({
        code: "forbidden",
        parameter: "expiresAt",
        detail: expect.stringContaining(`set expiresAt to ${new Date(end).toISOString()} or earlier`),
      });
    }
    expect((await make(key, ["images:read"], end)).status).toBe(201);
  });

  async function statusWith(scopes: readonly Scope[], path: string, body: object): Promise<number> {
    const { key } = await keyed.makeKey(...scopes);
    const response = await keyed.ask(path, { key, method: "POST", body });
    await response.bytes();
    return response.status;
  }
});

function without<Item>(items: readonly Item[], item: Item): readonly Item[] {
  return items.filter((each) => each !== item);
}

async function picture(seed: number): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await noise(seed));
}

describe("delivery to strangers", () => {
  const paths = (id: string) => ({
    original: `/images/${id}`,
    publicPreset: `/images/${id}.webp?preset=open`,
    named: `/images/${id}.webp?v=1&preset=open&download=cat`,
    preset: `/images/${id}.webp?preset=shut`,
    loose: `/images/${id}?preset=open`,
    recipe: `/images/${id}.png?flip`,
    converted: `/images/${id}.png`,
    mixed: `/images/${id}.webp?preset=open&flip`,
    info: `/images/${id}/info`,
  });
  type Name = keyof ReturnType<typeof paths>;

  const all: readonly Name[] = Object.keys(paths("")) as Name[];
  const modes: readonly (readonly [Record<string, string>, readonly Name[]])[] = [
    [{ PROGIMAGE_DELIVERY: "public" }, all.filter((name) => name !== "info")],
    [{ PROGIMAGE_DELIVERY: "presets" }, ["publicPreset", "named"]],
    [
      { PROGIMAGE_DELIVERY: "presets", PROGIMAGE_PUBLIC_ORIGINALS: "true" },
      ["original", "publicPreset", "named"],
    ],
    [{}, []],
    [{ PROGIMAGE_DELIVERY: "private" }, []],
  ];

  for (const [settings, open] of modes) {
    test(`follows ${JSON.stringify(settings)}, also after keyed answers`, async () => {
      await using folder = await testFolder();
      const presets = join(folder.path, "presets.json");
      const recipe = "resize=8x";
      await Bun.write(presets, JSON.stringify({ open: { recipe, public: true }, shut: { recipe } }));
      await using keyed = await startKeyed({ settings: { ...settings, PROGIMAGE_PRESETS: presets } });
      const id = await keyed.upload(await picture(3));
      for (const [name, path] of Object.entries(paths(id))) {
        const isOpen = open.includes(name as Name);
        // Twice: the second time the answer is known.
        for (const options of [{}, { key: keyed.admin }, { key: keyed.admin }, {}]) {
          const response = await keyed.ask(path, options);
          const expected = isOpen || "key" in options ? 200 : 401;
          expect([name, response.status]).toEqual([name, expected]);
          await response.bytes();
          if (expected !== 200 || name === "info") continue;
          const caching = response.headers.get("cache-control") ?? "";
          expect([name, caching === "private, no-cache"]).toEqual([name, !isOpen && caching !== "no-cache"]);
          expect(response.headers.get("vary")?.includes("Authorization") ?? false).toBe(!isOpen);
        }
        const missing = await keyed.ask(path.replace(id, NO_ID));
        expect([name, missing.status]).toEqual([name, isOpen ? 404 : 401]);
        await missing.bytes();
      }
    });
  }
});

const postgres = await sharedPostgres();

for (const database of ["SQLite", "PostgreSQL"] as const) {
  describe.skipIf(database === "PostgreSQL" && !postgres)(`two processes on ${database}`, () => {
    let keyed: KeyedServer;
    const stack = new AsyncDisposableStack();
    beforeAll(async () => {
      const fresh = database === "PostgreSQL" ? await postgres?.freshDatabase() : undefined;
      if (fresh) stack.use(fresh);
      keyed = stack.use(
        await startKeyed({
          settings: {
            PROGIMAGE_HTTP_PROCESSES: "2",
            ...(fresh && { PROGIMAGE_DATABASE_URL: fresh.url, PROGIMAGE_SECRET: SECRET }),
          },
        }),
      );
    });
    afterAll(() => stack.disposeAsync());

    test("refuse a revoked key within a second", async () => {
      const { id, key } = await keyed.makeKey("images:read");
      const revoker = await keyed.makeKey("admin");
      for (const status of await statuses("/images", { key })) expect(status).toBe(200);
      const revoked = await keyed.ask(`/keys/${id}/revoke`, { key: revoker.key, method: "POST" });
      expect(await revoked.json()).toMatchObject({ id, revokedAt: expect.any(String) });
      // The promise is about a second, so it is waited for.
      await Bun.sleep(1_000);
      for (const status of await statuses("/images", { key })) expect(status).toBe(401);
    });

    test("give a keyed answer to no stranger and to no key without the scope", async () => {
      const id = await keyed.upload(await picture(4));
      const lesser = await keyed.makeKey("jobs:write");
      for (const path of [`/images/${id}`, `/images/${id}.webp?resize=10x`]) {
        const response = await keyed.ask(path, { key: keyed.admin });
        const etag = response.headers.get("etag") ?? "";
        await response.bytes();
        for (const status of await statuses(path, { key: keyed.admin })) expect(status).toBe(200);
        const kinds: readonly AskOptions[] = [
          {},
          { method: "HEAD" },
          { headers: { range: "bytes=0-9" } },
          { headers: { "if-none-match": etag } },
        ];
        for (const kind of kinds) {
          for (const status of await statuses(path, kind)) expect(status).toBe(401);
          for (const status of await statuses(path, { ...kind, key: lesser.key })) expect(status).toBe(403);
        }
        const known = await keyed.ask(path, { key: keyed.admin, headers: { "if-none-match": etag } });
        expect(known.status).toBe(304);
      }
    });

    /** Returns the statuses of a request on connections of its own, which both processes take. */
    async function statuses(path: string, options: AskOptions): Promise<readonly number[]> {
      const headers = { ...options.headers, connection: "close" };
      const responses = await Promise.all(
        Array.from({ length: 8 }, () => keyed.ask(path, { ...options, headers })),
      );
      await Promise.all(responses.map((response) => response.bytes()));
      return responses.map(({ status }) => status);
    }
  });
}

describe("the first key", () => {
  test("is made by a command before the server runs, and ends by commands while it does", async () => {
    await using folder = await testFolder();
    const settings = { PROGIMAGE_DATA_DIR: folder.path };
    const keys = (...words: readonly string[]) => runCommand(settings, "keys", ...words);
    const made = await keys("create", "--scopes", "all", "--label", "first", "--expires", "90d");
    expect([made.code, made.output]).toEqual([0, expect.stringMatching(/^pi_\w{11}_\w{49}\n$/)]);
    const key = made.output.trim();
    const id = key.split("_")[1] ?? "";
    expect(made.errors).toContain(id);
    expect(made.errors).not.toContain(key);
    await using server = await startServer({
      dataDir: folder.path,
      settings: { PROGIMAGE_ACCESS: "keys" },
    });
    expect(server.log()).not.toContain("keys create");
    const statusOf = async (each: string) =>
      (await fetch(`${server.url}/images`, { headers: { authorization: `Bearer ${each}` } })).status;
    expect(await statusOf(key)).toBe(200);
    const rotated = await keys("rotate", id, "--overlap", "1h");
    expect(await statusOf(rotated.output.trim())).toBe(200);
    expect(await statusOf(key)).toBe(200);
    expect((await keys("revoke", id)).code).toBe(0);
    await until("the key is refused", async () => (await statusOf(key)) === 401, 5_000);
    expect(await statusOf(rotated.output.trim())).toBe(200);
    const { output } = await keys("list");
    expect(output.trim().split("\n")).toEqual([
      expect.stringMatching(/^\w{11}\tvalid\t.*\tused \d{4}-\d\d-\d\d\t.*\tfirst$/),
      expect.stringMatching(new RegExp(`^${id}\trevoked\t.*\tfirst$`)),
    ]);
  });

  test("is asked for by a server without any", async () => {
    await using server = await startServer({ settings: { PROGIMAGE_ACCESS: "keys" } });
    expect((await fetch(`${server.url}/images`)).status).toBe(401);
    await until("the log has the command", () => /bun start keys create --scopes all/.test(server.log()));
  });

  test("keys refuses arguments that it cannot use", async () => {
    await using folder = await testFolder();
    for (const [words, message] of [
      [[], /its action must be one of create, list/],
      [["create"], /--scopes/],
      [["create", "--scopes", "images:all"], /"images:all"/],
      [["create", "--scopes", "all", "--expires", "soon"], /--expires/],
      [["list", "--scopes", "all"], /--scopes with keys list/],
      [["revoke"], /the id of one key/],
    ] as const) {
      const { code, errors, output } = await runCommand(
        { PROGIMAGE_DATA_DIR: folder.path },
        "keys",
        ...words,
      );
      expect([code, output, errors]).toEqual([2, "", expect.stringMatching(message)]);
    }
    const { output } = await runCommand({}, "keys", "generate");
    expect(output).toMatch(/^pi_\w{11}_\w{49}\n$/);
  });

  test("cannot be made by the API in mode open", async () => {
    await using server = await startServer();
    const init = { method: "POST", headers: { "content-type": "application/json" } };
    const response = await fetch(`${server.url}/keys`, { ...init, body: '{"scopes":["admin"]}' });
    expect(await outcomeOf(response)).toBe("501 feature_disabled");
  });
});
