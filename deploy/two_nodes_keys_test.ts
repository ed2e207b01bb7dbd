import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { newKeyText, type Scope, writeKeyText } from "@progimage/core";
import { freePorts, testFolder, until } from "@progimage/core/testing";
import { askerOf, type AskOptions, type NewKey, startServer } from "@progimage/server/testing";
import { hasNginx, startNginx } from "./nginx_process.ts";
import { startRealServers } from "./real_servers.ts";

const servers = hasNginx() ? await startRealServers() : null;
const ADMIN = writeKeyText(newKeyText());

describe.skipIf(servers === null)("two nodes in mode keys behind nginx", () => {
  const stack = new AsyncDisposableStack();
  let ask: ReturnType<typeof askerOf>;
  let accessLog: Bun.BunFile;

  beforeAll(async () => {
    const folder = stack.use(await testFolder());
    const [front = 0, ...nodes] = freePorts(3);
    const start = (port: number) =>
      startServer({
        dataDir: join(folder.path, `node-${port}`),
        settings: {
          ...servers?.settings,
          PROGIMAGE_PORT: String(port),
          PROGIMAGE_PUBLIC_URL: `http://127.0.0.1:${front}`,
          PROGIMAGE_RENDER_PROCESSES: "1",
          PROGIMAGE_ACCESS: "keys",
          PROGIMAGE_ADMIN_KEY: ADMIN,
          PROGIMAGE_DELIVERY: "public",
          PROGIMAGE_SECRET: "a secret that both nodes of this test share",
        },
      });
    for (const node of await Promise.all(nodes.map(start))) stack.use(node);
    const [one = 0, other = 0] = nodes;
    const logs = join(folder.path, "nginx");
    const nginx = await startNginx({ folder: logs, ports: [front, one, other] });
    stack.use(nginx);
    accessLog = Bun.file(join(logs, "access.log"));
    ask = askerOf(nginx.url);
  });

  afterAll(() => stack.disposeAsync());

  const post = async <T>(path: string, body: NonNullable<AskOptions["body"]>, key = ADMIN): Promise<T> => {
    const response = await ask(path, { method: "POST", body, key });
    if (!response.ok) throw new Error(`Cannot post to ${path}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const makeKey = (scopes: readonly Scope[], tenant = "") => post<NewKey>("/keys", { scopes, tenant });
  const upload = async (color: string, key = ADMIN) =>
    (await post<{ readonly id: string }>("/images", picture(color), key)).id;
  /** Returns the status, the word of nginx's cache, and the bytes of a picture. */
  const get = async (path: string, options: AskOptions = {}) => {
    const response = await ask(path, options);
    const bytes = (await response.bytes()).toHex();
    return [response.status, response.headers.get("x-cache"), response.ok ? bytes : ""] as const;
  };

  test("nginx gives each tenant its own answers, also from its cache", async () => {
    const names = ["red", "blue"] as const;
    const ids = await Promise.all(
      names.map(async (name) => {
        await post("/tenants", { id: name, hosts: [`${name}.example.com`], delivery: "public" });
        return await upload(name, (await makeKey(["images:create"], name)).key);
      }),
    );
    for (const [index, id] of ids.entries()) {
      const [owner, other] = [0, 1].map((each) => ({ host: `${names[(index + each) % 2]}.example.com` }));
      const path = `/images/${id}.png?flip`;
      const [status, cache, bytes] = await get(path, { headers: owner ?? {} });
      expect([status, cache, bytes.length > 0]).toEqual([200, "MISS", true]);
      expect(await get(path, { headers: owner ?? {} })).toEqual([200, "HIT", bytes]);
      expect(await get(path, { headers: other ?? {} })).toEqual([404, "MISS", ""]);
      expect(await get(path, { headers: other ?? {} })).toEqual([404, "HIT", ""]);
    }
  });

  test("nginx serves strangers from its cache, and callers with a key past it", async () => {
    const id = await upload("gold");
    const path = `/images/${id}.png`;
    const { key } = await makeKey(["images:read", "recipes:run"]);
    expect((await get(path, { key })).slice(0, 2)).toEqual([200, "BYPASS"]);
    expect((await get(path)).slice(0, 2)).toEqual([200, "MISS"]);
    expect((await get(path)).slice(0, 2)).toEqual([200, "HIT"]);
    expect((await get(path, { key })).slice(0, 2)).toEqual([200, "BYPASS"]);
    await ask(`/images/${id}`, { key: ADMIN, method: "PATCH", body: { private: true } });
    await until("strangers do not get the private image", async () => (await get(path))[0] === 404);
    expect((await get(path, { key })).slice(0, 2)).toEqual([200, "BYPASS"]);
    expect((await get(path))[0]).toBe(404);
  });

  test("a key that one node revokes is refused within a second through nginx", async () => {
    const path = `/images/${await upload("teal")}.png`;
    const { id, key } = await makeKey(["images:read", "recipes:run"]);
    for (const each of [path, path, "/images", "/images"]) expect((await get(each, { key }))[0]).toBe(200);
    await post(`/keys/${id}/revoke`, {});
    const revokedAt = performance.now();
    await until("the key is refused everywhere", async () => {
      const answers = await Promise.all([path, "/images", "/images"].map((each) => get(each, { key })));
      return answers.every(([status]) => status === 401);
    });
    // A second, and the time that a busy machine takes for the requests.
    expect(performance.now() - revokedAt).toBeLessThan(3_000);
    expect((await get(path))[0]).toBe(200);
  });

  test("nginx logs signed URLs and upload tokens without their signatures", async () => {
    const sign = async (body: object) => (await post<{ readonly url: string }>("/sign", body)).url;
    const path = `/images/${await upload("plum")}.png`;
    const urls = [await sign({ url: path }), await sign({ upload: { once: true } })].map(
      (url) => new URL(url).pathname + new URL(url).search,
    );
    const [picturePath = "", tokenPath = ""] = urls;
    expect((await get(picturePath))[0]).toBe(200);
    const stored = await ask(tokenPath, { method: "POST", body: picture("plum") });
    expect(stored.status).toBe(201);
    const odd = `${picturePath}&utm=1${picturePath.slice(picturePath.indexOf("&sig="))}`;
    expect((await get(odd))[0]).toBe(403);
    const linesOf = (text: string, url: string) =>
      text.split(`${url.split("&sig=")[0]}&sig=... HTTP/1.1`).length - 1;
    await until("nginx has logged the requests", async () => {
      const text = await accessLog.text();
      return linesOf(text, picturePath) >= 2 && linesOf(text, tokenPath) >= 1;
    });
    const text = await accessLog.text();
    for (const url of urls) expect(text).not.toContain(new URLSearchParams(url).get("sig") ?? "&sig=");
  });
});

/** Returns a picture with unique bytes. */
function picture(color: string): Uint8Array<ArrayBuffer> {
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><!--${crypto.randomUUID()}--><rect width="40" height="40" fill="${color}"/></svg>`;
  return new TextEncoder().encode(text);
}
