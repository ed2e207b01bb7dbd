import { describe, expect, test } from "bun:test";
import { ProgImage } from "@progimage/client";
import { freePorts, sharedPostgres, sharedS3, testFolder, until } from "@progimage/core/testing";
import { hasNginx, startNginx } from "../../../deploy/nginx_process.ts";
import { bucketSettings } from "../end_to_end/testing_bucket.ts";
import { noise } from "../end_to_end/testing_pictures.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";
import { type Hit, HitLoad } from "./testing_hits.ts";

const postgres = await sharedPostgres();
const s3 = await sharedS3();
if (!hasNginx())
  console.error("Hits through nginx are not tested: nginx not found (scripts/install_servers.sh)");

const IS_LONG = process.env["PROGIMAGE_LONG_TESTS"] === "true";

/** A silent database is given up after seven seconds. Callers must wait less: two seconds, and some more on a busy machine. */
const LONGEST_WAIT_MILLISECONDS = 6_500;

const RENDER = ".webp?resize=40x";
const EXPIRES_SECONDS = 6;

describe.skipIf(!postgres)("two nodes behind nginx, during an outage of PostgreSQL", () => {
  if (!postgres) return;

  const outages = [
    { name: "is stopped", begin: () => postgres.stop(), end: () => postgres.start(), lasts: 6_000 },
    { name: "is silent", begin: () => postgres.freeze(), end: () => postgres.thaw(), lasts: 9_000 },
  ];
  for (const { name, begin, end, lasts } of outages)
    test(`as it ${name}: serve recent requests from the cache, no deleted images, and recover afterwards`, async () => {
      await using site = await openSite();
      const [node, other] = site.nodes as [TestServer, TestServer];
      const hot = await Promise.all([1, 2, 3].map((seed) => store(node, seed)));
      const deleted = await store(other, 4);
      const erased = await store(other, 5);
      const unasked = await store(other, 6);
      const hits = (await Promise.all(hot.map((image) => hitsOf(node, image)))).flat();
      await warm(site, [...hot, deleted, erased, unasked]);
      await site.front.images.delete(deleted.id);
      await site.front.images.erase(erased.id);
      for (const { id } of [deleted, erased])
        await until("it is gone everywhere", async () =>
          (await site.statuses(id)).every((status) => status === (id === deleted.id ? 410 : 404)),
        );
      await site.front.images.delete(unasked.id);
      const brief = await store(node, 7, { expiresIn: EXPIRES_SECONDS });
      expect(await site.statuses(brief.id)).toEqual(site.all(200));
      const load = new HitLoad(site.urls, hits);
      await until("all hits are answered", async () =>
        [...load.counts.values()].every(({ answered }) => answered > 50),
      );

      load.restart();
      const endsAt = performance.now() + (IS_LONG ? 30_000 : lasts);
      await begin();
      try {
        const [upload, list, removal] = await Promise.all([
          fetch(`${node.url}/images`, { method: "POST", body: new Uint8Array(await noise(8)) }),
          fetch(`${node.url}/images`),
          fetch(`${node.url}/images/${hot[0]?.id}`, { method: "DELETE" }),
          fetch(`${node.url}/images/${hot[1]?.id}/info`),
        ]);
        for (const answer of [upload, list, removal])
          expect([answer.status, answer.headers.has("retry-after")]).toEqual([503, true]);
        // The cache of nginx may still have the answer that the deleted image can be restored.
        for (const { id } of [deleted, erased])
          for (const status of await site.statuses(id)) expect([404, 410]).toContain(status);
        expect(await site.statuses(unasked.id)).not.toContain(200);
        await until("what expires has expired", async () => {
          return (await site.statuses(brief.id)).every((status) => status === 404);
        });
        await Bun.sleep(Math.max(0, endsAt - performance.now()));
        expect((await fetch(`${node.url}/healthz`)).status).toBe(200);
      } finally {
        await end();
      }
      await load.stop();
      for (const [at, { answered, asked, failures, slowest }] of load.counts) {
        expect(`${at}: ${answered / asked >= 0.99 && asked > 100} ${failures.join()}`).toBe(`${at}: true `);
        expect(slowest).toBeLessThan(LONGEST_WAIT_MILLISECONDS);
      }

      await until("uploads work again", async () => {
        const answers = await Promise.all(
          site.nodes.map(async ({ client }) => client.images.upload(await noise(9)).catch(() => null)),
        );
        return !answers.includes(null);
      });
      await other.client.images.delete(hot[0]?.id ?? "");
      await until("a deletion takes effect", async () => {
        return (await site.statuses(hot[0]?.id ?? "")).every((status) => status === 410);
      });
      await until("each log says that it was away and is back", async () =>
        site.nodes.every((each) =>
          /The database does not answer[^]*The database answers again/.test(each.log()),
        ),
      );
    }, 120_000);
});

type Stored = Awaited<ReturnType<TestServer["client"]["images"]["upload"]>>;

async function store(
  { client }: TestServer,
  seed: number,
  options: { readonly expiresIn?: number } = {},
): Promise<Stored> {
  return await client.images.upload(await noise(seed + Math.floor(Math.random() * 1e6)), options);
}

/** Returns the requests for an image, each with the expected bytes. */
async function hitsOf({ url }: TestServer, { id }: Stored): Promise<readonly Hit[]> {
  const wishes: readonly Omit<Hit, "bytes">[] = [
    { path: `/images/${id}` },
    { path: `/images/${id}`, headers: { range: "bytes=10-99" } },
    { path: `/images/${id}${RENDER}` },
    { path: `/images/${id}${RENDER}`, method: "HEAD" },
    { path: `/images/${id}.auto?rotate=90`, headers: { accept: "image/webp" } },
  ];
  return await Promise.all(
    wishes.map(async (wish) => ({ ...wish, bytes: await (await fetch(url + wish.path, wish)).bytes() })),
  );
}

/** Requests images and their renders from every server. */
async function warm({ urls }: Site, images: readonly Stored[]): Promise<void> {
  for (const url of Object.values(urls))
    for (const { id } of images)
      for (const path of ["", RENDER]) await (await fetch(`${url}/images/${id}${path}`)).bytes();
}

type Site = Awaited<ReturnType<typeof openSite>>;

/** Starts two nodes on a database and, if installed, on S3 and behind nginx. */
async function openSite() {
  if (!postgres) throw new Error("Cannot start nodes as there is no PostgreSQL on this machine");
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await testFolder());
  const database = stack.use(await postgres.freshDatabase());
  const store = s3 ? bucketSettings(await s3.freshBucket()) : { PROGIMAGE_FS_DIR: folder.path };
  const [front = 0, ...ports] = freePorts(3);
  const startNode = (port: number) =>
    startServer({
      settings: {
        ...store,
        PROGIMAGE_DATABASE_URL: database.url,
        PROGIMAGE_PORT: String(port),
        PROGIMAGE_PUBLIC_URL: `http://127.0.0.1:${front}`,
        PROGIMAGE_RENDER_PROCESSES: "1",
        PROGIMAGE_LOG_LEVEL: "warn",
      },
    });
  const nodes = [stack.use(await startNode(ports[0] ?? 0)), stack.use(await startNode(ports[1] ?? 0))];
  const urls: Record<string, string> = { "one node": nodes[0]?.url ?? "", "the other": nodes[1]?.url ?? "" };
  if (hasNginx()) {
    const inFront = { folder: `${folder.path}/nginx`, ports: [front, ports[0] ?? 0, ports[1] ?? 0] } as const;
    urls["nginx"] = stack.use(await startNginx(inFront)).url;
  }
  const kept = stack.move();
  const frontUrl = urls["nginx"] ?? nodes[0]?.url ?? "";
  return {
    nodes,
    urls,
    front: new ProgImage({ baseUrl: frontUrl }),
    all: (status: number) => Object.keys(urls).map(() => status),
    /** Returns each server's status for a render of an image. */
    statuses: async (id: string) =>
      await Promise.all(
        Object.values(urls).map(async (url) => (await fetch(`${url}/images/${id}${RENDER}`)).status),
      ),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
