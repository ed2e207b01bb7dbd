import { describe, expect, test } from "bun:test";
import { ChangedError, type Image, NotFoundError, type ProgImage } from "./mod.ts";
import { testingPng } from "./testing_images.ts";
import { testingServer } from "./testing_server.ts";

describe("ProgImage", () => {
  test("info tells what is known of an image and its state, and throws where there is none; find gives null", async () => {
    await using server = testingServer();
    const client = server.client();
    const image = await client.upload(testingPng(), { name: "a" });
    expect(await client.info(image.id)).toEqual({ ...image, etag: `"${image.id}-1"` });
    expect(await client.find(image.id)).toEqual({ ...image, etag: `"${image.id}-1"` });
    const error = await client.info("missing").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({
      name: "NotFoundError",
      status: 404,
      code: "image_not_found",
      requestId: "request-1",
    });
    expect(await client.find("missing")).toBeNull();
  });

  test("original gives the bytes that came in", async () => {
    await using server = testingServer();
    const { id } = await server.client().upload(testingPng(300, 7));
    const response = await server.client().original(id);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(testingPng(300, 7));
    await expect(server.client().original("missing")).rejects.toBeInstanceOf(NotFoundError);
  });

  test("update changes what it is given, only if nobody was faster", async () => {
    await using server = testingServer();
    const client = server.client();
    const { etag, id, name } = await client.upload(testingPng(), { name: "a" });
    expect((await client.info(id)).etag).toBe(etag);
    const patch = { tags: ["x"], focalPoint: { x: 0.5, y: 0 }, expiresAt: new Date("2030-01-01T00:00:00Z") };
    const updated = await client.update(id, patch, { ifMatch: etag ?? "" });
    expect(updated).toMatchObject({
      name,
      tags: ["x"],
      focalPoint: { x: 0.5, y: 0 },
      expiresAt: "2030-01-01T00:00:00.000Z",
    });
    expect(updated.etag).toBe(`"${id}-2"`);
    await expect(client.update(id, { name: "late" }, { ifMatch: etag ?? "" })).rejects.toBeInstanceOf(
      ChangedError,
    );
    expect(await client.update(id, { name: "b", expiresAt: null })).toMatchObject({
      name: "b",
      expiresAt: null,
    });
    await expect(client.update("missing", {})).rejects.toBeInstanceOf(NotFoundError);
  });

  test("remove gives whether there was an image", async () => {
    await using server = testingServer();
    const { id } = await server.client().upload(testingPng());
    expect(await server.client().remove(id)).toBe(true);
    expect(await server.client().remove(id)).toBe(false);
    expect(await server.client().find(id)).toBeNull();
  });

  test("deleted lists what remove has deleted, page by page, and restore gives it back", async () => {
    await using server = testingServer();
    const client = server.client();
    const { etag, ...one } = await client.upload(testingPng(), { name: "a" });
    const two = await client.upload(testingPng());
    const three = await client.upload(testingPng());
    for (const { id } of [one, two, three]) await client.remove(id);
    const listed = await Array.fromAsync(client.deleted({ limit: 2 }));
    expect(listed.map(({ id }) => id)).toEqual([three.id, two.id, one.id]);
    expect(listed[2]).toMatchObject({
      ...one,
      deletedAt: expect.any(String),
      restorableUntil: expect.any(String),
    });
    const page = await client.deleted({ limit: 2 }).page();
    expect([page.items.length, typeof page.next]).toEqual([2, "string"]);
    expect(await client.restore(one.id)).toEqual({ ...one, etag });
    expect(await client.image(two.id).restore()).toMatchObject(two);
    expect(await client.find(one.id)).toMatchObject(one);
    expect(await Array.fromAsync(client.deleted())).toMatchObject([{ id: three.id }]);
    for (const id of [one.id, "missing"]) {
      await expect(client.restore(id)).rejects.toBeInstanceOf(NotFoundError);
      await expect(client.image(id).restore()).rejects.toBeInstanceOf(NotFoundError);
    }
    const asked = server.requests.find(({ path }) => path === `/images/${one.id}/restore`);
    expect(asked?.method).toBe("POST");
  });

  test("erase gives whether there was an image, deleted or not, and only if nobody was faster", async () => {
    await using server = testingServer();
    const client = server.client();
    const [one, two] = [await client.upload(testingPng()), await client.upload(testingPng())];
    await client.remove(one.id);
    expect(await client.erase(one.id)).toBe(true);
    expect(await client.erase(one.id)).toBe(false);
    await expect(client.restore(one.id)).rejects.toBeInstanceOf(NotFoundError);
    const { etag } = await client.info(two.id);
    await client.update(two.id, { name: "b" });
    const stale = { ifMatch: etag ?? "" };
    await expect(client.image(two.id).erase(stale)).rejects.toBeInstanceOf(ChangedError);
    expect(await client.image(two.id).erase()).toBe(true);
    expect(await client.find(two.id)).toBeNull();
    expect(await Array.fromAsync(client.deleted())).toEqual([]);
  });

  test("purge gives the image another version, and tells whether there was one", async () => {
    await using server = testingServer();
    const client = server.client();
    const [one, other] = [await client.upload(testingPng()), await client.upload(testingPng())];
    expect(await client.purge(one.id)).toBe(true);
    expect(await client.purge("missing")).toBe(false);
    expect((await client.info(one.id)).href).not.toBe(one.href);
    expect((await client.info(other.id)).href).toBe(other.href);
    expect(server.requests[2]).toMatchObject({ method: "DELETE", path: `/images/${one.id}/derivatives` });
  });

  test("purgeMany, purgeTag and purgeAll purge by ids, by a tag, and everything", async () => {
    await using server = testingServer();
    const client = server.client();
    const [one, two] = [
      await client.upload(testingPng()),
      await client.upload(testingPng(), { tags: ["t"] }),
    ];
    expect(await client.purgeMany([one.id, two.id, "missing"])).toBe(2);
    expect(await client.purgeTag("t")).toBe(1);
    expect(await client.purgeAll()).toBeUndefined();
    const versions = [one, two].map(async ({ id }) =>
      new URL((await client.info(id)).href).searchParams.get("v"),
    );
    expect(await Promise.all(versions)).toEqual(["2", "3"]);
  });

  test("remove and find throw where it was not ProgImage that found nothing", async () => {
    await using server = testingServer();
    const client = server.client({ baseUrl: `${server.url}/else`, retry: 0 });
    await using proxy = testingServer({ intercept: () => new Response("nginx", { status: 404 }) });
    await expect(proxy.client().remove("a")).rejects.toMatchObject({
      status: 404,
      code: "unexpected_answer",
    });
    await expect(proxy.client().find("a")).rejects.toMatchObject({ status: 404, code: "unexpected_answer" });
    expect(client.image("a").url()).toBe(`${server.url}/else/images/a`);
  });

  test("transforms gives the catalogue, presets named recipes, health how the server is", async () => {
    await using server = testingServer();
    expect(await server.client().transforms()).toMatchObject([
      { name: "flip", plugin: "@progimage/plugin-geometry", shorthand: null },
    ]);
    expect(await server.client().presets()).toMatchObject([{ name: "hero", version: 1 }]);
    expect(await server.client().health()).toEqual({ status: "ok" });
  });

  test("never sends an id that would lead elsewhere", async () => {
    await using server = testingServer();
    const client = server.client();
    for (const id of ["..", "", "a/../b", "a.webp", "a?x"]) {
      for (const call of [
        () => client.info(id),
        () => client.original(id),
        () => client.update(id, {}),
        () => client.remove(id),
        () => client.purge(id),
      ]) {
        await expect(call()).rejects.toBeInstanceOf(TypeError);
      }
    }
    expect(server.requests).toEqual([]);
  });
});

describe("ProgImage.list", () => {
  test("iterates over all images, page by page, no sooner than they are asked for", async () => {
    await using server = testingServer();
    const client = server.client();
    await uploadNames(client, ["a", "b", "c", "d", "e"]);
    const before = server.requests.length;
    const paths = () => server.requests.slice(before).map(({ path }) => path);
    const names: (string | null)[] = [];
    const list = client.list({ order: "name", limit: 2 });
    expect(paths()).toEqual([]);
    for await (const image of list) {
      names.push(image.name);
      if (names.length === 2) expect(paths()).toEqual(["/images?order=name&limit=2"]);
    }
    expect(names).toEqual(["a", "b", "c", "d", "e"]);
    expect(paths()).toEqual(
      [undefined, "2", "4"].map((cursor) => `/images?order=name&limit=2${cursor ? `&cursor=${cursor}` : ""}`),
    );
    expect((await Array.fromAsync(list)).map(({ name }) => name)).toEqual(names);
  });

  test("asks for no more pages once nobody reads on", async () => {
    await using server = testingServer();
    await uploadNames(server.client(), ["a", "b", "c"]);
    const before = server.requests.length;
    for await (const _ of server.client().list({ limit: 1 })) break;
    expect(server.requests).toHaveLength(before + 1);
  });

  test("gives single pages, which lead to the next", async () => {
    await using server = testingServer();
    await uploadNames(server.client(), ["a", "b", "c"]);
    const list = server.client().list({ order: "-name", limit: 2 });
    const first = await list.page();
    expect([first.items.map(nameOf), typeof first.next]).toEqual([["c", "b"], "string"]);
    const second = await list.page(first.next);
    expect([second.items.map(nameOf), second.next]).toEqual([["a"], null]);
  });

  test("sends every filter, with times as ISO 8601", async () => {
    await using server = testingServer();
    const createdFrom = new Date("2020-01-01T00:00:00Z");
    const createdBefore = "2021-01-01T00:00:00Z";
    const filters = {
      format: "png",
      tag: ["a&b", "c"],
      sha256: "00",
      namePrefix: "x y",
      createdFrom,
      createdBefore,
    } as const;
    const metadata = { sku: "A 1" };
    const list = server.client().list({ ...filters, metadata });
    expect(await list.page()).toEqual({ items: [], next: null });
    const query = new URLSearchParams(server.requests[0]?.path.split("?")[1]);
    expect(query.getAll("tag")).toEqual(["a&b", "c"]);
    expect(Object.fromEntries(query)).toEqual({
      ...filters,
      "metadata.sku": "A 1",
      tag: "c",
      createdFrom: "2020-01-01T00:00:00.000Z",
    });
  });

  test("filters", async () => {
    await using server = testingServer();
    const client = server.client();
    await client.upload(testingPng(), { name: "a", tags: ["t"] });
    await client.upload(testingPng(), { name: "b" });
    expect((await Array.fromAsync(client.list({ tag: "t" }))).map(nameOf)).toEqual(["a"]);
  });

  test("throws what the server says, and stops by a signal", async () => {
    await using server = testingServer();
    await uploadNames(server.client(), ["a", "b"]);
    // @ts-expect-error there is no such order
    await expect(server.client().list({ order: "size" }).page()).rejects.toMatchObject({
      problem: { parameter: "order" },
    });
    const controller = new AbortController();
    const names: (string | null)[] = [];
    const iterate = async () => {
      for await (const { name } of server
        .client()
        .list({ limit: 1, order: "name", signal: controller.signal })) {
        names.push(name);
        controller.abort();
      }
    };
    await expect(iterate()).rejects.toMatchObject({ name: "AbortError" });
    expect(names).toEqual(["a"]);
  });
});

async function uploadNames(client: ProgImage, names: readonly string[]): Promise<void> {
  for (const name of names) await client.upload(testingPng(), { name });
}

function nameOf({ name }: Image): string | null {
  return name;
}
