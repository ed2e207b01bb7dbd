import { describe, expect, test } from "bun:test";
import {
  PreconditionFailedError,
  type Image,
  InvalidIdError,
  NotFoundError,
  ProgImage,
  recipe,
} from "./mod.ts";
import { testingPng } from "./testing/testing_images.ts";
import { testingServer } from "./testing/testing_server.ts";

const MISSING = "01890000-0000-7000-8000-000000000000";

describe("ProgImage", () => {
  test("images.get tells what is known of an image and its state, and throws where there is none; find gives null, exists false", async () => {
    await using server = testingServer();
    const client = server.client();
    const image = await client.images.upload(testingPng(), { name: "a" });
    expect(await client.images.get(image.id)).toEqual({ ...image, etag: `"${image.id}-1"` });
    expect(await client.images.find(image.id)).toEqual({ ...image, etag: `"${image.id}-1"` });
    const error = await client.images.get(MISSING).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({
      name: "NotFoundError",
      status: 404,
      code: "image_not_found",
      requestId: "request-1",
    });
    expect(await client.images.find(MISSING)).toBeNull();
    expect([await client.images.exists(image.id), await client.images.exists(MISSING)]).toEqual([
      true,
      false,
    ]);
  });

  test("image gives the bytes that came in", async () => {
    await using server = testingServer();
    const { id } = await server.client().images.upload(testingPng(300, 7));
    const response = await server.client().image(id).fetch();
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(testingPng(300, 7));
    await expect(server.client().image(MISSING).fetch()).rejects.toBeInstanceOf(NotFoundError);
  });

  test("images.update changes the given members, unless the image has changed since", async () => {
    await using server = testingServer();
    const client = server.client();
    const { etag, id, name } = await client.images.upload(testingPng(), { name: "a" });
    expect((await client.images.get(id)).etag).toBe(etag);
    const patch = { tags: ["x"], focalPoint: { x: 0.5, y: 0 }, expiresAt: new Date("2030-01-01T00:00:00Z") };
    const updated = await client.images.update(id, patch, { ifMatch: etag ?? "" });
    expect(updated).toMatchObject({
      name,
      tags: ["x"],
      focalPoint: { x: 0.5, y: 0 },
      expiresAt: "2030-01-01T00:00:00.000Z",
    });
    expect(updated.etag).toBe(`"${id}-2"`);
    await expect(client.images.update(id, { name: "late" }, { ifMatch: etag ?? "" })).rejects.toBeInstanceOf(
      PreconditionFailedError,
    );
    expect(await client.images.update(id, { name: "b", expiresAt: null })).toMatchObject({
      name: "b",
      expiresAt: null,
    });
    await expect(client.images.update(MISSING, {})).rejects.toBeInstanceOf(NotFoundError);
  });

  test("images.delete gives whether there was an image", async () => {
    await using server = testingServer();
    const { id } = await server.client().images.upload(testingPng());
    expect(await server.client().images.delete(id)).toBe(true);
    expect(await server.client().images.delete(id)).toBe(false);
    expect(await server.client().images.find(id)).toBeNull();
  });

  test("images.listDeleted lists what was deleted, page by page, and restore gives it back", async () => {
    await using server = testingServer();
    const client = server.client();
    const { etag, ...one } = await client.images.upload(testingPng(), { name: "a" });
    const two = await client.images.upload(testingPng());
    const three = await client.images.upload(testingPng());
    for (const { id } of [one, two, three]) await client.images.delete(id);
    const listed = await Array.fromAsync(client.images.listDeleted({ limit: 2 }));
    expect(listed.map(({ id }) => id)).toEqual([three.id, two.id, one.id]);
    expect(listed[2]).toMatchObject({
      ...one,
      deletedAt: expect.any(String),
      restorableUntil: expect.any(String),
    });
    const page = await client.images.listDeleted({ limit: 2 }).page();
    expect([page.items.length, typeof page.next]).toEqual([2, "string"]);
    expect(await client.images.restore(one.id)).toEqual({ ...one, etag });
    expect(await client.images.restore(two.id)).toMatchObject(two);
    expect(await client.images.find(one.id)).toMatchObject(one);
    expect(await Array.fromAsync(client.images.listDeleted())).toMatchObject([{ id: three.id }]);
    for (const id of [one.id, MISSING]) {
      await expect(client.images.restore(id)).rejects.toBeInstanceOf(NotFoundError);
    }
    const asked = server.requests.find(({ path }) => path === `/images/${one.id}/restore`);
    expect(asked?.method).toBe("POST");
  });

  test("images.erase gives whether there was an image, deleted or not, unless it has changed since", async () => {
    await using server = testingServer();
    const client = server.client();
    const [one, two] = [await client.images.upload(testingPng()), await client.images.upload(testingPng())];
    await client.images.delete(one.id);
    expect(await client.images.erase(one.id)).toBe(true);
    expect(await client.images.erase(one.id)).toBe(false);
    await expect(client.images.restore(one.id)).rejects.toBeInstanceOf(NotFoundError);
    const { etag } = await client.images.get(two.id);
    await client.images.update(two.id, { name: "b" });
    const stale = { ifMatch: etag ?? "" };
    await expect(client.images.erase(two.id, stale)).rejects.toBeInstanceOf(PreconditionFailedError);
    expect(await client.images.erase(two.id)).toBe(true);
    expect(await client.images.find(two.id)).toBeNull();
    expect(await Array.fromAsync(client.images.listDeleted())).toEqual([]);
  });

  test("images.purge gives the image another version, and tells whether there was one", async () => {
    await using server = testingServer();
    const client = server.client();
    const [one, other] = [await client.images.upload(testingPng()), await client.images.upload(testingPng())];
    expect(await client.images.purge(one.id)).toBe(true);
    expect(await client.images.purge(MISSING)).toBe(false);
    expect((await client.images.get(one.id)).href).not.toBe(one.href);
    expect((await client.images.get(other.id)).href).toBe(other.href);
    expect(server.requests[2]).toMatchObject({ method: "DELETE", path: `/images/${one.id}/derivatives` });
  });

  test("images.select purges images by ids, by a filter and all of them", async () => {
    await using server = testingServer();
    const client = server.client();
    const [one, two] = [
      await client.images.upload(testingPng()),
      await client.images.upload(testingPng(), { tags: ["t"] }),
    ];
    const ids = [one.id, two.id, MISSING];
    expect(await client.images.select({ ids }).purge()).toMatchObject({ succeeded: 2, failed: 1 });
    expect(await client.images.select({ filter: { tag: "t" } }).purge()).toMatchObject({ total: 1 });
    expect(await client.images.select({ all: true }).purge()).toMatchObject({ succeeded: 2 });
    const versions = [one, two].map(async ({ id }) =>
      new URL((await client.images.get(id)).href).searchParams.get("v"),
    );
    expect(await Promise.all(versions)).toEqual(["2", "3"]);
  });

  test("images.delete and find throw if a 404 does not come from ProgImage", async () => {
    await using server = testingServer();
    const client = server.client({ baseUrl: `${server.url}/else`, retry: 0 });
    await using proxy = testingServer({ intercept: () => new Response("nginx", { status: 404 }) });
    await expect(proxy.client().images.delete(MISSING)).rejects.toMatchObject({
      status: 404,
      code: "unexpected_answer",
    });
    await expect(proxy.client().images.find(MISSING)).rejects.toMatchObject({
      status: 404,
      code: "unexpected_answer",
    });
    expect(client.image(MISSING).url()).toBe(`${server.url}/else/images/${MISSING}`);
  });

  test("transforms.list gives the catalogue, presets.list named recipes, health how the server is", async () => {
    await using server = testingServer();
    expect(await server.client().transforms.list()).toMatchObject([
      { name: "flip", plugin: "@progimage/plugin-geometry", shorthand: null },
    ]);
    expect(await server.client().presets.list()).toMatchObject([{ name: "hero", version: 1 }]);
    expect(await server.client().health()).toEqual({ status: "ok" });
  });

  test("recipe is the recipe that the module exports", () => {
    const client = new ProgImage({ baseUrl: "https://example.com" });
    expect(client.recipe().flip().toJSON()).toEqual(recipe().flip().toJSON());
  });

  test("never sends an id that would lead elsewhere", async () => {
    await using server = testingServer();
    const client = server.client();
    for (const id of ["..", "", "a/../b", "nope", `${MISSING}?x`]) {
      for (const call of [
        () => client.images.get(id),
        async () => client.image(id).fetch(),
        () => client.images.update(id, {}),
        () => client.images.delete(id),
        () => client.images.purge(id),
      ]) {
        await expect(call()).rejects.toBeInstanceOf(InvalidIdError);
      }
    }
    expect(server.requests).toEqual([]);
  });
});

describe("Images.list", () => {
  test("iterates over all images, page by page, no sooner than they are asked for", async () => {
    await using server = testingServer();
    const client = server.client();
    await uploadNames(client, ["a", "b", "c", "d", "e"]);
    const before = server.requests.length;
    const paths = () => server.requests.slice(before).map(({ path }) => path);
    const names: (string | null)[] = [];
    const list = client.images.list({ order: "name", limit: 2 });
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

  test("fetches no more pages after the loop is left", async () => {
    await using server = testingServer();
    await uploadNames(server.client(), ["a", "b", "c"]);
    const before = server.requests.length;
    for await (const _ of server.client().images.list({ limit: 1 })) break;
    expect(server.requests).toHaveLength(before + 1);
  });

  test("gives single pages, which lead to the next", async () => {
    await using server = testingServer();
    await uploadNames(server.client(), ["a", "b", "c"]);
    const list = server.client().images.list({ order: "-name", limit: 2 });
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
    const list = server.client().images.list({ ...filters, metadata });
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
    await client.images.upload(testingPng(), { name: "a", tags: ["t"] });
    await client.images.upload(testingPng(), { name: "b" });
    expect((await Array.fromAsync(client.images.list({ tag: "t" }))).map(nameOf)).toEqual(["a"]);
  });

  test("throws what the server says, and stops by a signal", async () => {
    await using server = testingServer();
    await uploadNames(server.client(), ["a", "b"]);
    // @ts-expect-error there is no such order
    await expect(server.client().images.list({ order: "size" }).page()).rejects.toMatchObject({
      problem: { parameter: "order" },
    });
    const controller = new AbortController();
    const names: (string | null)[] = [];
    const iterate = async () => {
      for await (const { name } of server
        .client()
        .images.list({ limit: 1, order: "name", signal: controller.signal })) {
        names.push(name);
        controller.abort();
      }
    };
    await expect(iterate()).rejects.toMatchObject({ name: "AbortError" });
    expect(names).toEqual(["a"]);
  });
});

async function uploadNames(client: ProgImage, names: readonly string[]): Promise<void> {
  for (const name of names) await client.images.upload(testingPng(), { name });
}

function nameOf({ name }: Image): string | null {
  return name;
}
