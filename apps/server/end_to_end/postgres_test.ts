import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type PostgresServer, sharedPostgres, testFolder, until } from "@progimage/core/testing";
import sharp from "sharp";
import { connectToEach } from "./testing_connection.ts";
import { noise } from "./testing_pictures.ts";
import { startServer, type TestServer } from "./testing_server.ts";

const postgres = await sharedPostgres();

/** A server on a database of its own. */
interface PostgresBacked extends AsyncDisposable {
  readonly server: TestServer;
  readonly url: string;
}

async function startOn(postgres: PostgresServer, settings: Record<string, string>): Promise<PostgresBacked> {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await postgres.freshDatabase());
  const server = stack.use(await startServer({ settings: { PROGIMAGE_DATABASE_URL: url, ...settings } }));
  const kept = stack.move();
  return { server, url, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

describe.skipIf(!postgres)("a server on PostgreSQL", () => {
  if (!postgres) return;
  let backed: PostgresBacked;
  let server: TestServer;
  beforeAll(async () => {
    backed = await startOn(postgres, { PROGIMAGE_HTTP_PROCESSES: "2", PROGIMAGE_RENDER_PROCESSES: "2" });
    ({ server } = backed);
  });
  afterAll(() => backed[Symbol.asyncDispose]());

  const json = async (path: string, init?: RequestInit) => {
    const response = await fetch(server.url + path, init);
    return { status: response.status, headers: response.headers, body: await response.json() };
  };

  test("keeps no database of its own", async () => {
    await server.client.images.upload(await noise(1));
    expect(await Bun.file(`${server.dataDir}/db/progimage.sqlite`).exists()).toBe(false);
  });

  test("returns an upload, renders it, and deletes it", async () => {
    const picture = await noise(2, 300, 200);
    const image = await server.client.images.upload(picture, {
      name: "Ünïcödé 🦊.jpg",
      tags: ["postgres", "ß"],
    });
    const original = await server.client.image(image.id).fetch();
    expect(Buffer.compare(await original.bytes(), picture)).toBe(0);
    expect(await server.client.images.get(image.id)).toMatchObject({ ...image });
    const rendered = await fetch(`${server.url}/images/${image.id}.webp?resize=60x&grayscale`);
    expect(await sharp(await rendered.bytes()).metadata()).toMatchObject({
      format: "webp",
      width: 60,
      height: 40,
    });
    expect((await fetch(`${server.url}/images/${image.id}`, { method: "DELETE" })).status).toBe(204);
    expect((await fetch(`${server.url}/images/${image.id}/info`)).status).toBe(410);
  });

  test("lists by every filter and order, page by page, in the order of bytes", async () => {
    const names = ["list b", "list B", "list ä", "list a", "list 🦊"];
    for (const [index, name] of names.entries())
      await server.client.images.upload(await noise(10 + index), { name, tags: ["list"] });
    const found: string[] = [];
    let cursor = "";
    do {
      const query = `order=name&namePrefix=list&limit=2${cursor && `&cursor=${cursor}`}`;
      const { body } = await json(`/images?${query}`);
      found.push(...body.items.map((item: { readonly name: string }) => item.name));
      cursor = body.next ?? "";
    } while (cursor);
    expect(found).toEqual(["list B", "list a", "list b", "list ä", "list 🦊"]);
    const newest = await json("/images?tag=list&limit=3");
    expect(newest.body.items.map((item: { readonly name: string }) => item.name)).toEqual(
      names.toReversed().slice(0, 3),
    );
    const { sha256, bytes } = newest.body.items[0];
    for (const query of [`sha256=${sha256}`, "order=-bytes", "createdFrom=2020-01-01"])
      expect((await json(`/images?${query}`)).body.items.length).toBeGreaterThan(0);
    expect(bytes).toBeNumber();
    for (const query of ["format=jpeg", "updatedFrom=2020-01-01&order=-updatedAt"])
      expect((await json(`/images?${query}`)).body.items.length).toBeGreaterThan(0);
    for (const query of ["tag=%00", "namePrefix=%00&order=name", "sha256=%00", "format=%00"])
      expect(await json(`/images?${query}`)).toMatchObject({
        status: 400,
        body: { code: "invalid_parameter" },
      });
  });

  test("changes an image only in the state that If-Match names", async () => {
    const { id } = await server.client.images.upload(await noise(3));
    const etag = (await fetch(`${server.url}/images/${id}/info`)).headers.get("etag") ?? "";
    const patch = (name: string) =>
      json(`/images/${id}`, {
        method: "PATCH",
        body: JSON.stringify({ name, focalPoint: { x: 0.1, y: 0.30000000000000004 } }),
        headers: { "content-type": "application/merge-patch+json", "if-match": etag },
      });
    const answers = await Promise.all(["one", "two", "three"].map(patch));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412]);
    expect((await server.client.images.get(id)).focalPoint).toEqual({ x: 0.1, y: 0.30000000000000004 });
  });

  test("stores one image for one Idempotency-Key, in any process", async () => {
    const body = new Uint8Array(await noise(4));
    const headers = { "idempotency-key": "postgres" };
    const uploads = Array.from({ length: 12 }, () => json("/images", { method: "POST", body, headers }));
    const answers = await Promise.all(uploads);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
  });

  test("tells another machine of a deletion at once, before the second of its cache is over", async () => {
    const settings = { PROGIMAGE_DATABASE_URL: backed.url, PROGIMAGE_FS_DIR: `${server.dataDir}/fs` };
    await using other = await startServer({ settings });
    const delays: number[] = [];
    for (let tries = 0; tries < 9; tries++) {
      const { id } = await server.client.images.upload(await noise(30 + tries));
      const statusOf = async () => (await fetch(`${other.url}/images/${id}`)).status;
      expect(await statusOf()).toBe(200);
      await server.client.images.delete(id);
      const deletedAt = performance.now();
      await until("the other machine knows", async () => (await statusOf()) === 410, 5_000);
      delays.push(performance.now() - deletedAt);
    }
    expect(delays.toSorted((one, next) => one - next)[4]).toBeLessThan(400);
  });

  test("purges in one process what another has rendered, at once", async () => {
    const { id } = await server.client.images.upload(await noise(5));
    const [one, other] = await connectToEach(server, 2);
    if (!one || !other) throw new Error("Cannot test with fewer than two processes");
    const path = `/images/${id}.webp?resize=30x`;
    const etag = (await fetch(server.url + path)).headers.get("etag") ?? "";
    const hasOld = async () => (await one.send(path, { headers: { "if-none-match": etag } })).status === 304;
    expect(await hasOld()).toBe(true);
    const purge = { method: "POST", body: Buffer.from(JSON.stringify({ select: { ids: [id] } })) };
    const headers = { "content-type": "application/json" };
    expect((await other.send("/purge", { ...purge, headers })).status).toBe(200);
    expect(await hasOld()).toBe(false);
    for (const connection of [one, other]) connection[Symbol.dispose]();
  });

  test("three that start at once on an empty database serve the same images", async () => {
    await using folder = await testFolder();
    await using database = await postgres.freshDatabase();
    await using stack = new AsyncDisposableStack();
    const settings = { PROGIMAGE_DATABASE_URL: database.url, PROGIMAGE_RENDER_PROCESSES: "1" };
    const servers = await Promise.all(
      Array.from({ length: 3 }, () => startServer({ dataDir: folder.path, settings })),
    );
    for (const each of servers) stack.use(each);
    const picture = await noise(6);
    const image = await servers[0]?.client.images.upload(picture);
    for (const { client } of servers)
      expect(Buffer.compare(await (await client.image(image?.id ?? "").fetch()).bytes(), picture)).toBe(0);
  });

  test("a database that cannot be used stops the start with one line, without its password", async () => {
    const url = new URL(postgres.url("not_there"));
    const starting = startServer({ settings: { PROGIMAGE_DATABASE_URL: url.href } });
    const message = await starting.then(
      () => "",
      (error: Error) => error.message,
    );
    expect(message).toContain(
      `exit code 2, Cannot use PROGIMAGE_DATABASE_URL, ${url.host}/not_there, as there is no such database (database "not_there" does not exist)`,
    );
    expect(message).not.toContain(url.password);
    expect(message.trim().split("\n")).toHaveLength(1);
  });
});
