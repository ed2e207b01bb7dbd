import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { join } from "node:path";
import { type Image, NotFoundError } from "@progimage/client";
import { newBlobKey } from "@progimage/core";
import { noise } from "./testing_pictures.ts";
import { findStacks, type RunningStack } from "./testing_stacks.ts";

const WEEK = 604_800_000;

/** A new picture for each test: another image with the same bytes would keep them. */
let seed = 1_000;
const picture = () => noise(seed++);

for (const { name, start } of await findStacks()) {
  describe.skipIf(start === null)(`deleted images on ${name}`, () => {
    let stack: RunningStack;
    beforeAll(async () => {
      if (start) stack = await start({});
    });
    afterAll(() => stack?.[Symbol.asyncDispose]());

    const post = (path: string, headers: Record<string, string> = {}) =>
      fetch(stack.server.url + path, { method: "POST", headers });

    /** Returns the names of an image's files and objects: its bytes and its renders. */
    const traces = async ({ sha256 }: Image) =>
      (await stack.names()).filter((each) => each.includes(sha256.slice(0, 32))).toSorted();

    /** Renders an image, and waits until all expected places have the result. */
    const render = async (image: Image) => {
      await stack.server.client.image(image.id).resize({ width: 20 }).webp().bytes();
      await stack.server.client.image(image.id).resize({ width: 20 }).webp().bytes();
      const places = name.includes("S3")
        ? ["derivatives/", "s3:derivatives/", "sources/", "s3:blobs/"]
        : ["derivatives/", "blobs/"];
      await until("what was rendered is kept", async () => {
        const found = await traces(image);
        return places.every((place) => found.some((each) => each.startsWith(place)));
      });
    };

    test("DELETE hides an image everywhere, and restoring brings it back unchanged", async () => {
      const { client, url } = stack.server;
      const bytes = await picture();
      const { id } = await client.images.upload(bytes, {
        name: "Ünïcödé 🦊.jpg",
        tags: ["restored", "🦊"],
        metadata: { nested: [1, null, { a: "b" }] },
        expiresIn: 86_400,
        idempotencyKey: "restored",
      });
      await client.images.update(id, { focalPoint: { x: 0.25, y: 1 } });
      const before = await client.images.get(id);
      const paths = [`/images/${id}`, `/images/${id}.webp?resize=16x`, `/images/${id}/info`];
      const statuses = async () =>
        await Promise.all(paths.map(async (path) => (await fetch(url + path)).status));
      expect(await statuses()).toEqual([200, 200, 200]);
      const etag = (await client.image(id).resize({ width: 16 }).webp().fetch()).headers.get("etag");

      expect(await client.images.delete(id)).toBe(true);
      expect(await statuses()).toEqual([410, 410, 410]);
      const gone = await fetch(url + paths[1]);
      expect(gone.headers.get("cache-control")).toBe("no-store");
      const told = (await gone.json()) as object;

      await expect(client.images.update(id, { name: "x" })).rejects.toBeInstanceOf(NotFoundError);
      expect(await client.images.find(id)).toBeNull();
      expect([await client.images.purge(id), await client.images.delete(id)]).toEqual([false, false]);
      expect((await client.images.list({ tag: "restored" }).page()).items).toEqual([]);

      const [listed] = await Array.fromAsync(client.images.listDeleted());
      const { etag: _etag, ...image } = before;
      if (!listed) throw new Error("Cannot find the image among those that were deleted");
      const { deletedAt, restorableUntil, ...known } = listed;
      expect(told).toMatchObject({ code: "deleted", status: 410, deletedAt, restorableUntil });
      expect(known).toEqual(image);
      expect(Math.abs(Date.parse(deletedAt) - Date.now())).toBeLessThan(60_000);
      // It expires in a day, which shortens the week in which it can be restored.
      expect(restorableUntil).toBe(before.expiresAt ?? "");

      const response = await post(`/images/${id}/restore`);
      expect([response.status, response.headers.get("etag")]).toEqual([200, before.etag]);
      expect(response.headers.get("cache-control")).toBe("private, no-cache");
      expect((await response.json()) as object).toEqual(image);
      expect(await client.images.get(id)).toEqual(before);
      expect(await statuses()).toEqual([200, 200, 200]);
      expect(Buffer.compare(Buffer.from(await client.image(id).bytes()), bytes)).toBe(0);
      const again = await client.image(id).resize({ width: 16 }).webp().fetch();
      expect(again.headers.get("etag")).toBe(etag);
      expect((await client.images.list({ tag: "restored" }).page()).items).toMatchObject([{ id }]);
      expect(await Array.fromAsync(client.images.listDeleted())).toEqual([]);
      // Its idempotency key was free while it was deleted.
      const another = await client.images.upload(await picture(), { idempotencyKey: "restored" });
      expect(another.id).not.toBe(id);
    });

    test("an image is restored only once, and only if it was deleted", async () => {
      const { client } = stack.server;
      const { id } = await client.images.upload(await picture());
      for (const each of [id, crypto.randomUUID(), "x", "deleted"]) {
        const response = await post(`/images/${each}/restore`);
        expect(response.status).toBe(404);
        expect(await response.json()).toMatchObject({ code: "image_not_found", status: 404 });
      }
      await client.images.delete(id);
      expect((await post(`/images/${id}/restore`)).status).toBe(200);
      expect((await post(`/images/${id}/restore`)).status).toBe(404);
    });

    test("GET /images/deleted lists them in pages, most recently deleted first", async () => {
      const { client, url } = stack.server;
      const ids: string[] = [];
      for (let count = 0; count < 5; count++) {
        const { id } = await client.images.upload(await picture());
        await client.images.delete(id);
        ids.unshift(id);
      }
      const listed = await Array.fromAsync(client.images.listDeleted({ limit: 2 }));
      expect(listed.slice(0, 5).map(({ id }) => id)).toEqual(ids);
      const [{ deletedAt, restorableUntil } = { deletedAt: "", restorableUntil: "" }] = listed;
      expect(Date.parse(restorableUntil) - Date.parse(deletedAt)).toBe(WEEK);
      const { headers, status } = await fetch(`${url}/images/deleted`, { method: "HEAD" });
      expect([status, headers.get("cache-control")]).toEqual([200, "private, no-cache"]);
      const { next } = await client.images.list({ limit: 1 }).page();
      for (const query of [
        "limit=0",
        "order=name",
        "status=running",
        "cursor=x",
        `cursor=${next}`,
        "limit=1&limit=2",
      ]) {
        const response = await fetch(`${url}/images/deleted?${query}`);
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({
          code: expect.stringMatching(/^(?:(?:invalid|unknown)_parameter|conflicting_parameters)$/),
        });
      }
    });

    test("erasing leaves nothing of an image when it answers: no bytes, no copies, nothing in quarantine", async () => {
      const { client, dataDir, url } = stack.server;
      for (const isDeleted of [false, true]) {
        const bytes = await picture();
        const image = await client.images.upload(bytes, { tags: ["erased"] });
        await render(image);
        const [aside, path] = [newBlobKey(image.sha256), join(dataDir, "fs", "aside")];
        await Bun.write(path, bytes);
        await stack.blobs.put(aside, path);
        expect(await stack.blobs.quarantine.put(aside)).toBe(true);
        if (isDeleted) await client.images.delete(image.id);
        const response = await post(`/images/${image.id}/erase`);
        expect([response.status, await response.text()]).toEqual([204, ""]);
        expect(await traces(image)).toEqual([]);
        for (const each of ["", ".webp?resize=20x", "/info"])
          expect((await fetch(`${url}/images/${image.id}${each}`)).status).toBe(404);
        expect((await client.images.list({ tag: "erased" }).page()).items).toEqual([]);
        const deleted = await Array.fromAsync(client.images.listDeleted());
        expect(deleted.map(({ id }) => id)).not.toContain(image.id);
        expect((await post(`/images/${image.id}/restore`)).status).toBe(404);
        expect(await client.images.erase(image.id)).toBe(false);
      }
    });

    test("erasing keeps bytes that another image shares, until that is erased", async () => {
      const { client } = stack.server;
      const bytes = await picture();
      const [one, two] = [await client.images.upload(bytes), await client.images.upload(bytes)];
      await render(two);
      const before = await traces(one);
      expect(await client.images.erase(one.id)).toBe(true);
      expect(await traces(one)).toEqual(before);
      expect(Buffer.compare(Buffer.from(await client.image(two.id).bytes()), bytes)).toBe(0);
      expect(await client.images.erase(two.id)).toBe(true);
      expect(await traces(one)).toEqual([]);
      const three = await client.images.upload(bytes);
      expect(Buffer.compare(Buffer.from(await client.image(three.id).bytes()), bytes)).toBe(0);
    });

    test("erasing honours If-Match for an image that is not deleted", async () => {
      const { client } = stack.server;
      const { id } = await client.images.upload(await picture());
      const { etag } = await client.images.get(id);
      await client.images.update(id, { name: "changed" });
      const stale = await post(`/images/${id}/erase`, { "if-match": etag ?? "" });
      expect(stale.status).toBe(412);
      expect(await stale.json()).toMatchObject({ code: "precondition_failed" });
      const { etag: current } = await client.images.get(id);
      expect((await post(`/images/${id}/erase`, { "if-match": current ?? "" })).status).toBe(204);
      const shown = await client.images.upload(await picture());
      const original = (await client.image(shown.id).fetch()).headers.get("etag") ?? "";
      expect((await post(`/images/${shown.id}/erase`, { "if-match": original })).status).toBe(204);
      const other = await client.images.upload(await picture());
      await client.images.delete(other.id);
      expect((await post(`/images/${other.id}/erase`, { "if-match": '"any"' })).status).toBe(204);
      for (const each of [id, crypto.randomUUID(), "x", "deleted"])
        expect((await post(`/images/${each}/erase`, { "if-match": '"any"' })).status).toBe(404);
    });

    test("POST /images/bulk restores and erases, with the outcome for each", async () => {
      const { client, url } = stack.server;
      const images = [
        await client.images.upload(await picture()),
        await client.images.upload(await picture()),
      ];
      const missing = crypto.randomUUID();
      const ids = [...images.map(({ id }) => id), missing];
      await Array.fromAsync(client.images.select({ ids }).delete());
      const notFound = { id: missing, status: 404, problem: { code: "image_not_found" } };
      expect(await Array.fromAsync(client.images.select({ ids }).restore())).toMatchObject([
        ...images.map(({ etag: _etag, ...image }) => ({ id: image.id, status: 200, image })),
        notFound,
      ]);
      await client.images.delete(ids[1] ?? "");
      expect(await Array.fromAsync(client.images.select({ ids }).erase())).toMatchObject([
        ...images.map(({ id }) => ({ id, status: 204 })),
        notFound,
      ]);
      for (const image of images) expect(await traces(image)).toEqual([]);
      const headers = { "content-type": "application/json" };
      for (const select of [{ all: true }, { filter: { tag: "t" } }]) {
        const body = JSON.stringify({ action: "restore", select });
        const response = await fetch(`${url}/images/bulk`, { method: "POST", headers, body });
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({
          code: "invalid_parameter",
          detail: expect.stringContaining("name them by ids"),
        });
      }
    });
  });

  test.skipIf(start === null)(
    `on ${name}, the sweep leaves nothing of images that have expired`,
    async () => {
      if (!start) return;
      await using stack = await start({ PROGIMAGE_SWEEP_INTERVAL_MS: "100" });
      const { client } = stack.server;
      const kept = await client.images.upload(await picture());
      const images = [
        await client.images.upload(await picture()),
        await client.images.upload(await picture()),
      ];
      for (const { id } of images) await client.image(id).resize({ width: 20 }).webp().bytes();
      await client.images.delete(images[1]?.id ?? "");
      const expiresAt = new Date(Date.now() + 500);
      await client.images.update(images[0]?.id ?? "", { expiresAt });
      await client.images.restore(images[1]?.id ?? "");
      await client.images.update(images[1]?.id ?? "", { expiresAt });
      await client.images.delete(images[1]?.id ?? "");
      const traces = async () => {
        const names = await stack.names();
        return names.filter((each) => images.some(({ sha256 }) => each.includes(sha256.slice(0, 32))));
      };
      expect(await traces()).not.toEqual([]);
      await until("nothing is left of expired images", async () => (await traces()).length === 0);
      expect((await client.image(kept.id).bytes()).length).toBe(kept.bytes);
      expect(await Array.fromAsync(client.images.listDeleted())).toEqual([]);
    },
  );

  test.skipIf(start === null)(
    `on ${name}, a deleted image cannot be restored after PROGIMAGE_DELETED_GRACE_MS`,
    async () => {
      if (!start) return;
      await using stack = await start({ PROGIMAGE_DELETED_GRACE_MS: "400" });
      const { client } = stack.server;
      const { id } = await client.images.upload(await picture());
      await client.images.delete(id);
      await until(
        "its time is over",
        async () => (await client.images.listDeleted().page()).items.length === 0,
      );
      await expect(client.images.get(id)).rejects.toMatchObject({ code: "image_not_found" });
      await expect(client.images.restore(id)).rejects.toMatchObject({ code: "image_not_found" });
    },
  );
}

if ((await findStacks()).some(({ start }) => start === null))
  console.error("Tests of deleted images on S3 + Postgres are skipped: one of them is not installed");
