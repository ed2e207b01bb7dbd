import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { ProgImage } from "@progimage/client";
import { freePorts, testFolder, type TestFolder, until } from "@progimage/core/testing";
import { lingerPlugin, startServer, type TestServer } from "@progimage/server/testing";
import { hasNginx, type NginxProcess, startNginx } from "./nginx_process.ts";
import { type RealServers, startRealServers } from "./real_servers.ts";

const servers = hasNginx() ? await startRealServers() : null;
if (!hasNginx())
  console.error("Tests with two nodes are skipped: nginx not found (scripts/install_servers.sh)");

describe.skipIf(servers === null)("two nodes on S3 and Postgres behind nginx", () => {
  let folder: TestFolder;
  let nginx: NginxProcess;
  let ports: readonly [number, number, number];
  let client: ProgImage;
  const nodes: TestServer[] = [];

  beforeAll(async () => {
    folder = await testFolder();
    const [front = 0, one = 0, other = 0] = freePorts(3);
    ports = [front, one, other];
    await Bun.write(join(folder.path, "renders.txt"), "");
    await Bun.write(join(folder.path, "linger.ts"), lingerPlugin(join(folder.path, "renders.txt")));
    // Both start at the same time: each migrates the database, and neither disturbs the other.
    nodes.push(...(await Promise.all([startNode(0), startNode(1)])));
    nginx = await startNginx({ folder: join(folder.path, "nginx"), ports });
    client = new ProgImage({ baseUrl: nginx.url, retry: { limit: 5 } });
  });

  afterAll(async () => {
    for (const end of [nginx, ...nodes, folder]) await end[Symbol.asyncDispose]();
  });

  function startNode(index: 0 | 1): Promise<TestServer> {
    return startServer({
      // Nodes share no folder: a restarted node could as well be on another machine.
      dataDir: join(folder.path, `node-${index}-${crypto.randomUUID()}`),
      settings: {
        ...(servers as RealServers).settings,
        PROGIMAGE_PORT: String(ports[index + 1]),
        PROGIMAGE_PUBLIC_URL: `http://127.0.0.1:${ports[0]}`,
        PROGIMAGE_RENDER_PROCESSES: "2",
        PROGIMAGE_PLUGINS: "./linger.ts",
        PROGIMAGE_PLUGINS_DIR: folder.path,
      },
    });
  }

  test("both nodes return an image immediately after one has stored it, byte for byte", async () => {
    const [one, other] = nodes;
    const bytes = picture("gold");
    const image = await one?.client.images.upload(bytes);
    for (const each of [one?.client, other?.client, client])
      expect(await each?.image(image?.id ?? "").bytes()).toEqual(bytes);
  });

  test("nginx caches renders by class of Accept, and no originals", async () => {
    const { id } = await client.images.upload(picture("teal"));
    const ask = async (path: string, accept = "image/webp,*/*") => {
      const response = await fetch(`${nginx.url}/images/${id}${path}`, { headers: { accept } });
      await response.bytes();
      return [response.status, response.headers.get("content-type"), response.headers.get("x-cache")];
    };
    expect(await ask("?flip")).toEqual([200, "image/webp", "MISS"]);
    expect(await ask("?flip", "text/html,image/webp,*/*;q=0.5")).toEqual([200, "image/webp", "HIT"]);
    expect(await ask("?flip", "image/webp;q=0, image/png")).toEqual([200, "image/png", "MISS"]);
    expect(await ask("")).toEqual([200, "image/svg+xml", null]);
  });

  test("a request with a key is neither answered from nginx's cache nor kept in it", async () => {
    const { id } = await client.images.upload(picture("olive"));
    const ask = async (headers: Record<string, string> = {}) => {
      const response = await fetch(`${nginx.url}/images/${id}.png`, { headers });
      await response.bytes();
      return [response.status, response.headers.get("x-cache")];
    };
    const withKey = { authorization: "Bearer pi_1_2" };
    expect(await ask(withKey)).toEqual([200, "BYPASS"]);
    expect(await ask()).toEqual([200, "MISS"]);
    expect(await ask()).toEqual([200, "HIT"]);
    expect(await ask(withKey)).toEqual([200, "BYPASS"]);
  });

  test("a Range of an original or a render returns that part", async () => {
    const { id } = await client.images.upload(picture("navy"));
    for (const path of [`/images/${id}`, `/images/${id}.png`]) {
      const response = await fetch(nginx.url + path, { headers: { range: "bytes=1-4" } });
      expect([response.status, (await response.bytes()).length]).toEqual([206, 4]);
    }
  });

  test("a hundred concurrent requests for a result render it once", async () => {
    const { id } = await client.images.upload(picture("coral"));
    const renders = Bun.file(join(folder.path, "renders.txt"));
    const before = await renders.text();
    const urls = Array.from({ length: 100 }, () => `${nginx.url}/images/${id}.png?linger=500`);
    const answers = await Promise.all(
      urls.map(async (url) => {
        const response = await fetch(url);
        return `${response.status} ${(await response.bytes()).toHex()}`;
      }),
    );
    expect(new Set(answers).size).toBe(1);
    expect((await renders.text()).length - before.length).toBe(1);
  });

  test("an image that is purged or deleted through one node disappears from the other and from nginx's cache", async () => {
    const { id } = await client.images.upload(picture("plum"));
    const path = `/images/${id}.png?flop`;
    const urls = [nginx.url, ...nodes.map(({ url }) => url)].map((url) => url + path);
    const ask = async () =>
      await Promise.all(
        urls.map(async (url) => {
          const response = await fetch(url);
          await response.bytes();
          return response.ok ? response.headers.get("etag") : response.status;
        }),
      );
    const [etag] = await ask();
    expect(await ask()).toEqual([etag, etag, etag] as string[]);
    await nodes[0]?.client.images.purge(id);
    await until("all nodes see the purge", async () => (await ask()).every((answer) => answer !== etag));
    await nodes[1]?.client.images.delete(id);
    await until("all nodes see the deletion", async () => (await ask()).every((answer) => answer === 410));
  });

  test("a node that is killed under load loses nothing that was acknowledged, and no GET fails", async () => {
    const load = startLoad(client);
    await until("more images are stored", () => load.stored.size > 20);
    nodes[0]?.kill("SIGKILL");
    await nodes[0]?.exited;
    const killedAt = load.stored.size;
    await until("more images are stored", () => load.stored.size > killedAt + 20);
    await load.stop();
    nodes[0] = await startNode(0);
    expect(load.failedReads).toEqual([]);
    for (const [id, bytes] of load.stored)
      for (const { client: each } of nodes) expect(await each.image(id).bytes()).toEqual(bytes);
  }, 120_000);

  test("a rolling restart fails no GET and loses nothing", async () => {
    const load = startLoad(client);
    await until("more images are stored", () => load.stored.size > 10);
    for (const index of [0, 1] as const) {
      nodes[index]?.kill("SIGTERM");
      expect(await nodes[index]?.exited).toBe(0);
      nodes[index] = await startNode(index);
      const restartedAt = load.stored.size;
      await until("more images are stored", () => load.stored.size > restartedAt + 10);
    }
    await load.stop();
    expect(load.failedReads).toEqual([]);
    for (const [id, bytes] of load.stored) expect(await client.image(id).bytes()).toEqual(bytes);
  }, 120_000);

  test("while no node can be reached, nginx serves its cached renders, and no deleted ones", async () => {
    const [kept, gone] = [
      await client.images.upload(picture("olive")),
      await client.images.upload(picture("peru")),
    ];
    const ask = async (id: string, path = ".png") => {
      const response = await fetch(`${nginx.url}/images/${id}${path}`);
      const text = Buffer.from(await response.bytes()).toString("base64");
      const [etag, cacheControl] = [response.headers.get("etag"), response.headers.get("cache-control")];
      return { status: response.status, cache: response.headers.get("x-cache"), text, etag, cacheControl };
    };
    const before = await ask(kept.id);
    expect(before).toMatchObject({
      status: 200,
      cacheControl: expect.stringMatching(/^public, max-age=\d{4}/),
    });
    await ask(gone.id);
    await client.images.delete(gone.id);
    await until("nginx sees the deletion", async () => (await ask(gone.id)).status === 410);
    for (const node of nodes) node.kill("SIGKILL");
    await Promise.all(nodes.map(({ exited }) => exited));
    await until("nginx serves its cached render", async () => (await ask(kept.id)).cache === "STALE");
    expect(await ask(kept.id)).toEqual({ ...before, cache: "STALE" });
    await until("nginx serves its cached refusal", async () => (await ask(gone.id)).cache === "STALE");
    expect((await ask(gone.id)).status).toBe(410);
    expect((await ask(kept.id, ".webp")).status).toBe(502);
    nodes.splice(0, 2, ...(await Promise.all([startNode(0), startNode(1)])));
    await until("a node answers again", async () => (await ask(kept.id)).cache !== "STALE");
    expect(await ask(kept.id)).toMatchObject({ status: 200, text: before.text });
  });
});

interface Load {
  /** The acknowledged uploads. */
  readonly stored: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  readonly failedReads: readonly unknown[];
  readonly stop: () => Promise<void>;
}

/** Uploads and reads repeatedly, several at a time. An upload may fail, as its caller sees the error. */
function startLoad(client: ProgImage): Load {
  const stopping = new AbortController();
  const stored = new Map<string, Uint8Array<ArrayBuffer>>();
  const failedReads: unknown[] = [];
  const upload = async () => {
    while (!stopping.signal.aborted) {
      const bytes = picture("tan");
      const image = await client.images.upload(bytes).catch(() => null);
      if (image) stored.set(image.id, bytes);
    }
  };
  const read = async () => {
    while (!stopping.signal.aborted) {
      const id = [...stored.keys()].at(Math.floor(Math.random() * stored.size));
      const reading = id ? client.image(id).rotate(90).png().bytes() : Bun.sleep(5);
      await reading.catch((error: unknown) => failedReads.push(error));
    }
  };
  const working = [upload(), upload(), read(), read(), read()];
  return {
    stored,
    failedReads,
    stop: async () => {
      stopping.abort();
      await Promise.all(working);
    },
  };
}

/** Returns a picture with unique bytes. */
function picture(color: string): Uint8Array<ArrayBuffer> {
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><!--${crypto.randomUUID()}--><rect width="40" height="40" fill="${color}"/></svg>`;
  return new TextEncoder().encode(text);
}
