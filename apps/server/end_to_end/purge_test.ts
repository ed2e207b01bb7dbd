import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { join } from "node:path";
import type { Image, ProgImage, Selected } from "@progimage/client";
import { noise } from "./testing_pictures.ts";
import { filesBelow, startServer, type TestServer } from "./testing_server.ts";

describe("purging", () => {
  let server: TestServer;
  let client: ProgImage;
  let one: Image;
  let other: Image;

  beforeAll(async () => {
    server = await startServer();
    client = server.client;
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await purge({ select: { all: true } });
    one = await client.images.upload(await noise(1), { tags: ["t"] });
    other = await client.images.upload(await noise(2));
  });

  const purge = async (json: object) => {
    const headers = { "content-type": "application/json" };
    const call = { method: "POST", headers, body: JSON.stringify(json) };
    const answer = (await (await fetch(`${server.url}/purge`, call)).json()) as { readonly purged: unknown };
    return answer.purged;
  };
  const tagOf = async ({ id }: Image) => {
    const response = await client.image(id).resize({ width: 8 }).webp().fetch();
    await response.arrayBuffer();
    return response.headers.get("etag");
  };
  /** Waits until the stored renders are exactly one for each of some images. */
  const expectKept = async (...images: readonly Image[]) => {
    const expected = images.map(({ sha256 }) => sha256.slice(0, 32)).toSorted();
    const kept = async () => {
      const files = await filesBelow(join(server.dataDir, "fs", "derivatives"));
      return files.map((path) => path.split("/").at(-1)?.slice(0, 32)).toSorted();
    };
    await until(`the renders are those of ${expected.join(" and ")}`, async () => {
      const found = await kept();
      return Bun.deepEquals(found, expected) || found;
    });
  };

  test("DELETE /images/{id}/derivatives gives its renders other entity tags, its href another version, and frees their bytes", async () => {
    const [before, otherBefore] = [await tagOf(one), await tagOf(other)];
    await expectKept(one, other);
    const { etag } = await client.images.get(one.id);
    expect(await client.images.purge(one.id)).toBe(true);
    await expectKept(other);
    const info = await client.images.get(one.id);
    expect([info.href === one.href, info.etag === etag]).toEqual([false, false]);
    expect(info).toEqual({ ...one, href: info.href, etag: info.etag });
    expect(await tagOf(one)).not.toBe(before);
    expect(await tagOf(other)).toBe(otherBefore);
    await expectKept(one, other);
  });

  test("DELETE /images/{id}/derivatives answers 204, and 404 where there is no such image", async () => {
    const path = (id: string) => `${server.url}/images/${id}/derivatives`;
    expect((await fetch(path(one.id), { method: "DELETE" })).status).toBe(204);
    const { id: deleted } = await server.client.images.upload(await noise(99));
    await server.client.images.delete(deleted);
    expect((await fetch(path(deleted), { method: "DELETE" })).status).toBe(410);
    for (const id of [crypto.randomUUID(), "x"]) {
      const response = await fetch(path(id), { method: "DELETE" });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: "image_not_found" });
    }
  });

  test("POST /purge and POST /images/bulk purge by ids, by a filter, and everything, and count", async () => {
    const bulk = async (selected: Selected) => {
      const { succeeded, failed } = await client.images.select(selected).purge();
      return [succeeded, failed];
    };
    const ids = [one.id, one.id, crypto.randomUUID(), "x"];
    const many = expect.any(Number);
    const purges: readonly (readonly [() => Promise<unknown>, unknown, readonly Image[]])[] = [
      [() => purge({ select: { ids } }), 1, [other]],
      [() => purge({ tag: "t" }), many, [other]],
      [() => purge({ select: { filter: { tag: "nowhere" } } }), 0, [one, other]],
      [() => purge({ select: { all: true } }), null, []],
      [() => bulk({ ids }), [1, 2], [other]],
      [() => bulk({ filter: { tag: "t" } }), [many, 0], [other]],
      [() => bulk({ filter: { tag: "nowhere" } }), [0, 0], [one, other]],
      [() => bulk({ all: true }), [many, 0], []],
    ];
    for (const [act, purged, left] of purges) {
      const before = [await tagOf(one), await tagOf(other)];
      await expectKept(one, other);
      expect(await act()).toEqual(purged);
      await expectKept(...left);
      const isSame = [(await tagOf(one)) === before[0], (await tagOf(other)) === before[1]];
      expect(isSame).toEqual([left.includes(one), left.includes(other)]);
    }
  });

  test("POST /purge requires a selection, so that an empty one does not purge everything", async () => {
    await tagOf(one);
    const post = (body: string) =>
      fetch(`${server.url}/purge`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
    const ids = Array.from({ length: 10_001 }, () => one.id);
    const refusals = [
      ["", "invalid_request"],
      ["[]", "invalid_request"],
      ["{}", "invalid_parameter"],
      [{ all: true }, "unknown_parameter"],
      [{ constructor: true }, "unknown_parameter"],
      [{ tag: "t", select: { all: true } }, "conflicting_parameters"],
      [{ tag: "" }, "invalid_parameter"],
      [{ select: { ids } }, "invalid_parameter"],
    ] as const;
    for (const [body, code] of refusals) {
      const response = await post(typeof body === "string" ? body : JSON.stringify(body));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code });
    }
    await expectKept(one);
    const answerTo = async (body: object) => await (await post(JSON.stringify(body))).json();
    const missing = [crypto.randomUUID(), "x"];
    const some = await answerTo({ select: { ids: [...missing, one.id] } });
    expect(some).toEqual({ purged: 1, missing });
    const { purged } = (await answerTo({ tag: "t" })) as { readonly purged: number };
    expect(purged).toBeGreaterThan(0);
    expect(await answerTo({ select: { filter: { tag: "t" } } })).toEqual({ purged, missing: [] });
    expect(await answerTo({ select: { all: true } })).toEqual({ purged: null, missing: [] });
  });

  test("a purge does not disturb readers", async () => {
    const url = client.image(one.id).resize({ width: 8 }).webp().url();
    const statuses = new Set<number>();
    const readings = new Map<string | null, number>();
    const over = new AbortController();
    const read = async () => {
      while (!over.signal.aborted) {
        const response = await fetch(url);
        await response.arrayBuffer();
        const etag = response.headers.get("etag");
        statuses.add(response.status);
        readings.set(etag, (readings.get(etag) ?? 0) + 1);
      }
    };
    const readers = Array.from({ length: 8 }, read);
    for (let count = 0; count < 20; count++) {
      const before = new Set(readings.keys());
      await client.images.purge(one.id);
      // A render in progress at the next purge would remain, unreachable, until it is evicted.
      const isRead = () => [...readings].some(([etag, times]) => !before.has(etag) && times >= 20);
      await until("a new render is read twenty times", () => isRead() || statuses.size > 1);
    }
    await expectKept(one);
    over.abort();
    await Promise.all(readers);
    expect([...statuses]).toEqual([200]);
  });

  test("a deletion frees the bytes of renders, unless another image has the same bytes", async () => {
    const lonely = await client.images.upload(await noise(3));
    const twin = await client.images.upload(await noise(3));
    const witness = await client.images.upload(await noise(4));
    for (const image of [lonely, witness]) await tagOf(image);
    await expectKept(lonely, witness);
    // The removal of the second one's render shows that the first one's had enough time to go.
    for (const { id } of [lonely, witness]) await client.images.delete(id);
    await expectKept(lonely);
    await client.images.delete(twin.id);
    await expectKept();
  });
});
