import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import {
  fromUrl,
  type Job,
  type JobDelivery,
  type JobSelection,
  ProgImageError,
  recipe,
} from "@progimage/client";
import { testFolder, until } from "@progimage/core/testing";
import { unzipSync } from "fflate";
import { unpackTar } from "modern-tar";
import sharp from "sharp";
import { tarOf, zipOf } from "./testing_archives.ts";
import { startPictureHost } from "./testing_jobs.ts";
import { noise, twoColours } from "./testing_pictures.ts";
import { findStacks, type RunningStack } from "./testing_stacks.ts";
import { Transcript } from "./testing_transcript.ts";
import { startReceiver, WEBHOOK_SECRET } from "./testing_webhooks.ts";

const MISSING = "01890000-0000-7000-8000-000000000000";

const elsewhere = startPictureHost(await noise(99));
const listener = startReceiver();
const stacks = await findStacks();
const transcripts: Transcript[] = [];

afterAll(async () => {
  await elsewhere[Symbol.asyncDispose]();
  await listener[Symbol.asyncDispose]();
});

/** A tour of the product, the same one on every stack. */
for (const stack of stacks) {
  describe.skipIf(stack.start === null)(`on ${stack.name}`, () => {
    let running: RunningStack;
    let client: RunningStack["server"]["client"];
    let told: Transcript;
    beforeAll(async () => {
      if (!stack.start) return;
      running = await stack.start({
        PROGIMAGE_FETCH_ALLOW_HOSTS: `${elsewhere.host},${listener.host}`,
        PROGIMAGE_WEBHOOK_SECRET: WEBHOOK_SECRET,
      });
      ({ client } = running.server);
      told = new Transcript(running.server.url);
      transcripts.push(told);
    });
    afterAll(() => running?.[Symbol.asyncDispose]());

    const failure = async (about: string, work: Promise<unknown>) => {
      const error = await work.catch((reason: unknown) => reason);
      if (!(error instanceof ProgImageError)) throw new Error(`Cannot see a problem: ${String(error)}`);
      return told.note(about, error.problem);
    };
    /** Sorted by name: images stored at the same time have no other comparable order. */
    const idsOf = async (tag: string) =>
      (await Array.fromAsync(client.images.list({ tag })))
        .toSorted((one, other) => ((one.name ?? "") < (other.name ?? "") ? -1 : 1))
        .map(({ id }) => id);

    test("images are uploaded singly, in forms, and from URLs", async () => {
      const picture = await noise(1);
      const image = await client.images.upload(picture, {
        name: "Ünï 🦊.jpg",
        tags: ["tour", "ß"],
        metadata: { album: { year: 2030 } },
      });
      told.note("raw", image);
      expect(image).toMatchObject({ format: "jpeg", width: 64, height: 48, tags: ["tour", "ß"] });
      expect(Buffer.compare(await (await client.image(image.id).fetch()).bytes(), picture)).toBe(0);
      const again = { idempotencyKey: "tour" };
      const [one, two] = [
        await client.images.upload(picture, again),
        await client.images.upload(picture, again),
      ];
      expect(two.id).toBe(one.id);
      await failure("another under the key", client.images.upload(await noise(2), again));
      await failure("no image", client.images.upload(Buffer.from("no image")));

      const form = [await noise(3), Buffer.from("no image"), await twoColours()];
      const files = form.map((bytes, index) => new File([bytesOf(bytes)], `form ${index}`));
      const stored = await client.images.uploadAll(files, { tags: ["tour", "form"], concurrency: 1 }).items();
      expect(told.note("form", stored).map(({ status }) => status)).toEqual([201, 415, 201]);

      const urls = [elsewhere.urlOf("far.jpg"), "http://127.0.0.1:1/"].map((url) => fromUrl(url));
      const fetched = await client.images.uploadAll(urls, { tags: ["tour"] }).items();
      expect(told.note("URLs", fetched).map(({ status }) => status)).toEqual([201, 403]);

      for (const [seed, name] of ["b", "B", "ä", "a", "🦊"].entries())
        await client.images.upload(await noise(20 + seed, 40 + seed), { name, tags: ["shelf"] });
    });

    test("archives are unpacked, and answered line by line", async () => {
      const files = [
        { name: "a/one.jpg", bytes: await noise(11) },
        { name: "notes.txt", bytes: Buffer.from("no image") },
        { name: "../two.png", bytes: await twoColours(20, 10) },
      ];
      const archives = {
        "t.tar.gz": Bun.gzipSync(await tarOf(files)),
        "z.zip": zipOf(files.map((file) => ({ ...file, method: 8 }))),
      };
      for (const [name, bytes] of Object.entries(archives)) {
        const items = await Array.fromAsync(
          client.images.uploadArchive(new File([bytes], name), { tags: ["archive"] }),
        );
        told.note(name, items);
        expect(items.map(({ image, problem }) => image?.name ?? problem?.code)).toEqual([
          "one.jpg",
          "unsupported_media",
          "two.png",
        ]);
      }
      const cut = new File([archives["t.tar.gz"].slice(0, -200)], "cut.tgz");
      told.note("cut", await Array.fromAsync(client.images.uploadArchive(cut)));
    });

    test("images are found, and listed by every filter and order, page by page", async () => {
      const [first = ""] = await idsOf("tour");
      told.note("info", await client.images.get(first));
      expect(await client.images.find(MISSING)).toBeNull();
      await failure("missing", client.images.get(MISSING));
      const [, , third = ""] = await idsOf("shelf");
      const { sha256, createdAt } = await client.images.get(third);
      const queries = [
        ...(["name", "-name", "bytes", "-bytes"] as const).map((order) => ({ order })),
        { tag: "shelf" },
        { tag: "shelf", order: "createdAt" },
        { format: "png" },
        { sha256 },
        { order: "name", namePrefix: "one" },
        { createdFrom: createdAt, tag: "shelf" },
        { createdBefore: createdAt, tag: "shelf" },
        { tag: "shelf", format: "png" },
        { tag: ["shelf", "none"] },
        { tag: "\ud800" },
      ] as const;
      for (const query of queries) {
        const listed = await Array.fromAsync(client.images.list({ ...query, limit: 2 }));
        expect(new Set(listed.map(({ id }) => id)).size).toBe(listed.length);
        const about = { ...query, createdFrom: undefined, createdBefore: undefined };
        const rows = listed.map(({ id, name }) => [id, name]);
        told.note(`list ${JSON.stringify(about)}`, rows);
      }
      await failure("no tag", client.images.list({ tag: "\0" }).page());
      await failure("no index", client.images.list({ tag: "tour", order: "bytes" }).page());
      await failure("no cursor", client.images.list().page("x"));
      await failure(
        "a cursor of another order",
        client.images.list({ order: "name" }).page(await nextOf(client)),
      );
    });

    test("the record of an image changes only in the state that If-Match names", async () => {
      const [id = ""] = await idsOf("form");
      const { etag } = await client.images.get(id);
      const patch = { name: "new", focalPoint: { x: 0.25, y: 0.3 }, metadata: { b: [1, null] } };
      const ifMatch = etag ?? "";
      told.note("patched", await client.images.update(id, patch, { ifMatch }));
      await failure("changed since", client.images.update(id, { name: "other" }, { ifMatch }));
      await failure("a NUL", client.images.update(id, { name: "\0" }));
      await failure("no text", client.images.update(id, { tags: ["\ud800"] }));
      told.note("as it is", await client.images.get(id));
    });

    test("images are converted and transformed, and delivered according to HTTP", async () => {
      const [first = "", second = ""] = await idsOf("tour");
      for (const format of ["jpg", "png", "webp", "avif", "gif", "tiff"] as const)
        told.noteBytes(
          format,
          await (await fetch(`${running.server.url}/images/${first}.${format}`)).bytes(),
        );
      const handle = client
        .image(first)
        .resize({ width: 32 })
        .rotate(90)
        .watermark({ image: second, scale: 0.5 });
      const bytes = told.noteBytes("steps", await handle.webp({ quality: 60 }).bytes());
      expect(await sharp(bytes).metadata()).toMatchObject({ format: "webp", width: 24, height: 32 });
      for (const url of [handle.webp({ quality: 60 }).url(), client.image(first).url()]) {
        const whole = await fetch(url);
        const etag = whole.headers.get("etag") ?? "";
        const all = await whole.bytes();
        const part = await fetch(url, { headers: { range: "bytes=5-14" } });
        expect([part.status, await part.bytes()]).toEqual([206, all.slice(5, 15)]);
        for (const init of [
          { headers: { range: "bytes=-4" } },
          { headers: { range: "bytes=999999-" } },
          { headers: { "if-none-match": etag } },
          { method: "HEAD" },
        ] as readonly RequestInit[])
          told.note(JSON.stringify(init), shapeOf(await fetch(url, init)));
      }
      await failure("format", client.image(first).apply("resize", { width: 0 }).bytes());
      expect((await fetch(`${running.server.url}/images/${first}.bmp`)).status).toBe(404);
    });

    test("services process posted bytes, stored images and URLs, and return one result or many", async () => {
      const [id = ""] = await idsOf("tour");
      const small = recipe().thumbnail({ width: 16, height: 16 });
      for (const source of [new Blob([bytesOf(await noise(5))]), id, fromUrl(elsewhere.urlOf("far.jpg"))])
        told.noteBytes("service", await client.process(source, small).watermark({ image: id }).png().bytes());
      const saved = await client
        .process(id, small)
        .png()
        .save({ name: "saved.png", tags: ["saved"] });
      told.note("saved", saved);
      const outputs = [{ name: "hero", recipe: small.webp() }, recipe().grayscale().jpeg()];
      const zip = await client.render({ source: [new Blob([bytesOf(await noise(5))]), id], outputs }).fetch();
      noteFiles("render", unzipSync(await zip.bytes()));
      told.note(
        "render and save",
        await client
          .render({ source: id, outputs })
          .save({ tags: ["rendered"] })
          .items(),
      );
    });

    test("a purge makes an image render again", async () => {
      const [id = ""] = await idsOf("form");
      const { href } = await client.images.get(id);
      expect([await client.images.purge(id), await client.images.purge(MISSING)]).toEqual([true, false]);
      expect((await client.images.get(id)).href).not.toBe(href);
      const { succeeded, failed } = await client.images.select({ ids: [id, MISSING] }).purge();
      const tagged = await client.images.select({ filter: { tag: "tour" } }).purge();
      told.note("purged", [succeeded, failed, tagged.total]);
    });

    test("many images are described, changed and forgotten at once", async () => {
      const ids = await idsOf("rendered");
      const named = [ids[0] ?? "", MISSING, (ids[1] ?? "").toUpperCase(), ids[0] ?? "", "x"];
      told.note("info", await Array.fromAsync(client.images.select({ ids: named }).describe()));
      const changed = client.images
        .select({ filter: { tag: "rendered" } })
        .update({ tags: ["rendered", "bulk"] });
      expect(
        told.note("update", await Array.fromAsync(changed)).every(({ image }) => image?.tags.length === 2),
      ).toBe(true);
      told.note("delete", await Array.fromAsync(client.images.select({ ids: [...ids, MISSING] }).delete()));
      expect(await idsOf("bulk")).toEqual([]);
      await failure("none", Array.fromAsync(client.images.select({ ids: [] }).describe()));
      await failure("nothing said", Array.fromAsync(client.images.select({ filter: {} }).delete()));
    });

    test("many images are downloaded as an archive, unchanged or rendered", async () => {
      const ids = [...(await idsOf("shelf")), MISSING];
      for (const made of [undefined, recipe().resize({ width: 10 }).webp()]) {
        const zip = await client.images.select({ ids }).archive({ recipe: made });
        noteFiles("zip", unzipSync(await zip.bytes()));
        const tar = await unpackTar(
          await (
            await client.images.select({ filter: { tag: "shelf" } }).archive({ recipe: made, as: "tar" })
          ).bytes(),
        );
        noteFiles(
          "tar",
          Object.fromEntries(tar.map(({ header, data }) => [header.name, data ?? new Uint8Array()])),
        );
      }
    });

    test("jobs take ids, a filter, all, URLs or files, and deliver in four ways", async () => {
      await plantFiles(running, "in/", 3);
      const ids = await idsOf("shelf");
      const outputs = [{ name: "tile", recipe: recipe().resize({ width: 12 }).png() }];
      const wishes: readonly (readonly [JobSelection, JobDelivery])[] = [
        [{ ids: [...ids, MISSING, ids[0] ?? ""] }, "images"],
        [{ filter: { tag: "shelf" } }, "derivatives"],
        [{ urls: [elsewhere.urlOf("a.jpg"), elsewhere.urlOf("b.jpg")] }, "archive"],
        [{ filter: { namePrefix: "form" } }, { exchange: { prefix: "out/" } }],
        [{ exchange: { prefix: "in/" } }, { exchange: { prefix: "made/" } }],
        [{ all: true }, "archive"],
      ];
      for (const [select, deliver] of wishes) {
        const attributes = deliver === "images" ? { tags: ["job"] } : undefined;
        const job = await client.jobs.create({ select, outputs, deliver, attributes });
        expect(["succeeded", "partially_failed"]).toContain((await job.wait()).status);
        told.note("job", job.job);
        const items = await Array.fromAsync(job.items({ limit: 2 }));
        expect(items.map(({ index }) => index)).toEqual(items.map((_, index) => index));
        const files = unzipSync(await (await job.results()).bytes());
        if (!("all" in select)) {
          told.note("items", items);
          noteFiles("results", files);
        }
        expect(Object.keys(files).filter((name) => name !== "errors.json")).toHaveLength(
          job.job.counts.succeeded,
        );
      }
      for (const prefix of ["out/", "made/"])
        told.note(prefix, await running.files.list(prefix, { limit: 100, after: null }));
      const done = await Array.fromAsync(client.jobs.list({ status: "succeeded", limit: 2 }));
      told.note(
        "jobs",
        done.map(({ deliver }) => deliver),
      );
      await failure("no ids", client.jobs.create({ select: { ids: [] }, outputs, deliver: "images" }));
      await failure("no id", client.jobs.create({ select: { ids: ["x"] }, outputs, deliver: "images" }));
      await failure("missing", client.jobs.get(MISSING));
    });

    test("jobs are followed, cancelled and retried, and report their end", async () => {
      const urls = [elsewhere.urlOf("x.jpg"), elsewhere.urlOf("y.jpg")];
      elsewhere.state.isBroken = true;
      const job = await client.jobs.create({ select: { urls }, webhook: listener.url });
      const seen: Job[] = await Array.fromAsync(job);
      expect(seen.at(-1)).toMatchObject({ status: "failed", counts: { succeeded: 0, failed: 2 } });
      told.note("failed", await Array.fromAsync(job.items({ status: "failed" })));
      elsewhere.state.isBroken = false;
      await job.retry();
      expect(await job.wait()).toMatchObject({
        status: "succeeded",
        attempt: 2,
        counts: { succeeded: 2, failed: 0 },
      });
      await failure("nothing to retry", job.retry());
      const mine = () => listener.heard.filter(({ body }) => body.data.job.id === job.id);
      for (let count = 2; mine().length < 2; count++) await listener.hear(count);
      told.note(
        "webhooks",
        mine().map(({ body: { data } }) => [
          data.job.attempt,
          data.job.counts.succeeded,
          data.job.counts.failed,
        ]),
      );

      const slow = { select: { all: true }, outputs: [recipe().blur(9).avif()], deliver: "images" } as const;
      const [one, two] = [
        await client.jobs.create({ ...slow, priority: "low" }, { idempotencyKey: "slow" }),
        await client.jobs.create({ ...slow, priority: "low" }, { idempotencyKey: "slow" }),
      ];
      expect(two.id).toBe(one.id);
      await expect(one.results()).rejects.toMatchObject({ status: 409, code: "conflict" });
      expect(await one.cancel()).toMatchObject({ status: "cancelled" });
      expect(await one.wait()).toMatchObject({ status: "cancelled" });
    });

    test("files of the exchange are stored as they are", async () => {
      await plantFiles(running, "import/", 2);
      const job = await client.images.import({ prefix: "import/" }, { tags: ["imported"] });
      expect(await job.wait()).toMatchObject({ status: "succeeded", counts: { succeeded: 2 } });
      const images = await Array.fromAsync(client.images.list({ tag: "imported", order: "createdAt" }));
      told.note("imported", images.map(({ name, metadata, sha256 }) => [name, metadata, sha256]).toSorted());
      const again = await client.images.import({ prefix: "import/" }, { tags: ["imported"], onlyNew: true });
      told.note("again", await again.wait());
      expect(await idsOf("imported")).toHaveLength(2);
      await failure("out of the place", client.images.import({ prefix: "../" }));
    });

    test("images are removed when they are deleted, and when they expire", async () => {
      const [id = ""] = await idsOf("imported");
      expect([await client.images.delete(id), await client.images.delete(id)]).toEqual([true, false]);
      await failure("deleted", client.image(id).fetch());
      const brief = await client.images.upload(await noise(7), { expiresIn: 1, tags: ["brief"] });
      const url = client.image(brief.id).png().url();
      const { status, headers } = await fetch(url);
      expect([status, headers.get("cache-control")]).toEqual([200, expect.stringMatching(/max-age=[01]\b/)]);
      await until("the image has expired", () => Date.now() > Date.parse(brief.expiresAt ?? ""));
      expect([(await fetch(url)).status, await idsOf("brief")]).toEqual([404, []]);
    });

    function noteFiles(about: string, files: Readonly<Record<string, Uint8Array>>): void {
      for (const [name, bytes] of Object.entries(files)) {
        if (name === "errors.json") told.note(about, JSON.parse(Buffer.from(bytes).toString()));
        else told.noteBytes(`${about} ${name}`, bytes);
      }
    }
  });
}

test.skipIf(stacks.some(({ start }) => start === null))("all stacks have given the same answers", () => {
  const [first, ...others] = transcripts;
  expect(first?.lines.length).toBeGreaterThan(100);
  for (const other of others) expect(other.lines).toEqual(first?.lines ?? []);
});

async function plantFiles({ files }: RunningStack, prefix: string, count: number): Promise<void> {
  await using folder = await testFolder();
  for (let seed = 0; seed < count; seed++) {
    const path = join(folder.path, `${seed}`);
    await Bun.write(path, await noise(50 + seed));
    await files.put(`${prefix}${seed} ü.jpg`, path);
  }
}

async function nextOf(client: RunningStack["server"]["client"]): Promise<string | null> {
  return (await client.images.list({ limit: 1 }).page()).next;
}

/** Returns the status and headers of an answer. */
function shapeOf({ status, headers }: Response): object {
  const names = ["cache-control", "content-length", "content-range", "content-type", "vary"];
  return { status, headers: names.map((name) => headers.get(name)) };
}

function bytesOf(buffer: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer);
}
