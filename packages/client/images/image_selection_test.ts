import { describe, expect, test } from "bun:test";
import { recipe } from "../mod.ts";
import { testingPng } from "../testing/testing_images.ts";
import { testingServer } from "../testing/testing_server.ts";

const MISSING = "01890000-0000-7000-8000-000000000000";

describe("select", () => {
  test("describes, updates and removes images, and returns the result of each", async () => {
    await using server = testingServer();
    const client = server.client();
    const { id } = await client.images.upload(testingPng(), { name: "a.png" });
    const ids = [id, MISSING];
    const missing = { id: MISSING, status: 404, problem: { code: "image_not_found" } };
    expect(await Array.fromAsync(client.images.select({ ids }).describe())).toMatchObject([
      { id, status: 200, image: { name: "a.png" } },
      missing,
    ]);
    expect(await Array.fromAsync(client.images.select({ ids }).purge())).toMatchObject([
      { id, status: 204 },
      missing,
    ]);
    const updated = await Array.fromAsync(client.images.select({ all: true }).update({ name: "b.png" }));
    expect(updated).toMatchObject([{ id, status: 200, image: { name: "b.png" } }]);
    expect(await Array.fromAsync(client.images.select({ ids }).delete())).toMatchObject([
      { id, status: 204 },
      missing,
    ]);
    expect(await client.images.find(id)).toBeNull();
  });

  test("restores and erases images, and returns the result of each", async () => {
    await using server = testingServer();
    const client = server.client();
    const { etag: _etag, ...one } = await client.images.upload(testingPng());
    const two = await client.images.upload(testingPng());
    const missing = { id: MISSING, status: 404, problem: { code: "image_not_found" } };
    const ids = [one.id, MISSING];
    await client.images.delete(one.id);
    expect(await Array.fromAsync(client.images.select({ ids }).restore())).toMatchObject([
      { id: one.id, status: 200, image: one },
      missing,
    ]);
    expect(await client.images.find(one.id)).toMatchObject(one);
    const all = client.images.select({ all: true });
    await expect(Array.fromAsync(all.restore())).rejects.toMatchObject({ code: "invalid_parameter" });
    await client.images.delete(one.id);
    expect(await Array.fromAsync(client.images.select({ ids }).erase())).toMatchObject([
      { id: one.id, status: 204 },
      missing,
    ]);
    expect(await Array.fromAsync(all.erase())).toMatchObject([{ id: two.id, status: 204 }]);
    expect(await Array.fromAsync(client.images.listDeleted())).toEqual([]);
  });

  test("asks for archives of originals and of results of a recipe", async () => {
    await using server = testingServer();
    const client = server.client();
    const asked = async (response: Promise<Response>) =>
      ((await (await response).json()) as { readonly path: string; readonly json: object }).json;
    const filter = { tag: "t", createdFrom: new Date(0) };
    expect(await asked(client.images.select({ filter }).archive())).toEqual({
      select: { filter: { tag: "t", createdFrom: "1970-01-01T00:00:00.000Z" } },
    });
    const tile = recipe().mask({ image: MISSING }).webp({ quality: 60 });
    expect(await asked(client.images.select({ all: true }).archive({ recipe: tile, as: "tar" }))).toEqual({
      select: { all: true },
      container: "tar",
      steps: [
        { transform: "mask", image: MISSING },
        { transform: "compress", quality: 60 },
      ],
      format: "webp",
    });
    const withFile = recipe().mask({ image: testingPng() });
    expect(() => client.images.select({ all: true }).archive({ recipe: withFile })).toThrow(/must be an id/);
  });
});
