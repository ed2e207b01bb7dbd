import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { samplePhoto, until } from "@progimage/core/testing";
import { noise } from "../end_to_end/testing_pictures.ts";
import { type FragileServer, fragileStacks, type StoredBytes } from "../end_to_end/testing_stored_bytes.ts";

/** Sweep rounds follow each other quickly, and read no bytes: only requests find damage. */
const QUICK = { PROGIMAGE_SWEEP_INTERVAL_MS: "100", PROGIMAGE_SCRUB_BYTES_PER_DAY: "0" };
const DAMAGED = { code: "damaged", status: 500, title: "The stored bytes are damaged" };

const flipped = (bytes: Uint8Array) =>
  bytes.map((byte, index) => (index === bytes.length >> 1 ? byte ^ 1 : byte));
const cut = (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 10);
const emptied = () => new Uint8Array(0);

for (const { name, isRemote, start } of await fragileStacks()) {
  describe.skipIf(start === null)(`damage on ${name}`, () => {
    if (!start) return;
    let fragile: FragileServer;
    let photo: Uint8Array<ArrayBuffer>;
    let seed = 0;
    beforeAll(async () => {
      photo = new Uint8Array(await samplePhoto());
      fragile = await start(QUICK);
    });
    afterAll(() => fragile[Symbol.asyncDispose]());

    const get = (path: string, init?: RequestInit) => fetch(fragile.server.url + path, init);
    /** Returns a different image each time, `more` bytes longer. */
    const picture = (more = 0) => new Uint8Array([...photo, ...new Uint8Array(more), ...numbered(seed++)]);
    const damage = (sha256: string, change: (bytes: Uint8Array) => Uint8Array) =>
      changeOne(fragile.stored, "blobs", sha256, change);
    /** A server on S3 caches its uploads: a restarted one has an empty cache. */
    const forget = async () => void (isRemote && (await fragile.restart()));
    const expectDamaged = async (path: string, init?: RequestInit) => {
      const response = await get(path, init);
      expect([response.status, response.headers.get("cache-control")]).toEqual([500, "no-store"]);
      if (init?.method !== "HEAD") expect(await response.json()).toMatchObject(DAMAGED);
    };
    const expectBytes = async (path: string, bytes: Uint8Array) => {
      const response = await get(path);
      expect([response.status, Buffer.compare(await response.bytes(), bytes)]).toEqual([200, 0]);
    };

    test("a flipped bit is found by the next cold render, and the bytes are never served after that", async () => {
      const bytes = picture();
      const image = await fragile.server.client.images.upload(bytes);
      const kept = await (await get(`/images/${image.id}.webp?resize=60x`)).bytes();
      await until("the render is stored", async () => {
        return (await fragile.stored.find("derivatives", image.sha256.slice(0, 32))).length > 0;
      });
      const key = await damage(image.sha256, flipped);
      await forget();
      await expectDamaged(`/images/${image.id}.webp?resize=61x`);
      const logged = await logLine(fragile, "damaged or missing: uploading");
      expect(logged).toMatchObject({ level: 50, images: [image.id] });
      expect(key).toEndWith(logged.key);

      for (const init of [{}, { method: "HEAD" }, { headers: { range: "bytes=0-9" } }])
        await expectDamaged(`/images/${image.id}`, init);
      await expectDamaged(`/images/${image.id}.png?resize=62x`);
      await expectDamaged(`/images/${image.id}.webp?watermark=image:${image.id}`);
      await expectBytes(`/images/${image.id}.webp?resize=60x`, kept);
      await until("the notice is there", () => hasNotice(fragile));
      // The repair: the same file is uploaded again.
      const again = await fragile.server.client.images.upload(bytes);
      for (const { id } of [image, again]) await expectBytes(`/images/${id}`, bytes);
      expect((await get(`/images/${image.id}.webp?resize=61x`)).status).toBe(200);
      await until("the notice is gone", async () => !(await hasNotice(fragile)));
    });

    test("damage is reported for the image in a recipe, not for the rendered one", async () => {
      const [image, mark] = [
        await fragile.server.client.images.upload(picture()),
        await fragile.server.client.images.upload(picture()),
      ];
      await damage(mark.sha256, flipped);
      await forget();
      await expectDamaged(`/images/${image.id}.webp?watermark=image:${mark.id}`);
      await expectDamaged(`/images/${mark.id}`);
      expect((await get(`/images/${image.id}.webp?resize=20x`)).status).toBe(200);
      expect((await get(`/images/${image.id}`)).status).toBe(200);
    });

    for (const [what, change] of Object.entries({ cut, emptied })) {
      test(`an original that was ${what} is not served, whole or in part, cached or not`, async () => {
        for (const isKnown of [true, false]) {
          for (const init of [
            {},
            { method: "HEAD" },
            { headers: { range: "bytes=0-9" } },
            { headers: { range: `bytes=-5` } },
          ]) {
            const bytes = picture();
            const { id, sha256 } = await fragile.server.client.images.upload(bytes);
            if (isKnown) for (let time = 0; time < 2; time++) await expectBytes(`/images/${id}`, bytes);
            await damage(sha256, change);
            await expectDamaged(`/images/${id}`, init);
            await expectDamaged(`/images/${id}`);
            await expectDamaged(`/images/${id}.webp?resize=20x`);
          }
        }
      }, 60_000);
    }

    test("a lost original counts as damaged once it is recorded", async () => {
      const bytes = picture();
      const { id, sha256 } = await fragile.server.client.images.upload(bytes);
      await expectBytes(`/images/${id}`, bytes);
      await fragile.stored.remove(await pathOf(fragile.stored, "blobs", sha256));
      await expectDamaged(`/images/${id}`);
      await expectDamaged(`/images/${id}.webp?resize=20x`);
    });

    const ways = {
      "as a body": async (bytes: Uint8Array<ArrayBuffer>) =>
        (await fragile.server.client.images.upload(bytes)).id,
      "through a form": async (bytes: Uint8Array<ArrayBuffer>) => {
        const body = new FormData();
        body.append("file", new Blob([bytes]), "photo.png");
        const response = await get("/images", { method: "POST", body });
        expect(response.status).toBe(201);
        return ((await response.json()) as { readonly id: string }).id;
      },
      "with another Idempotency-Key": (bytes: Uint8Array<ArrayBuffer>) => post(bytes, crypto.randomUUID()),
      "with the Idempotency-Key of the first upload": (bytes: Uint8Array<ArrayBuffer>) =>
        post(bytes, String(bytes.length)),
    };
    const post = async (body: Uint8Array<ArrayBuffer>, key: string) => {
      const response = await get("/images", { method: "POST", body, headers: { "idempotency-key": key } });
      expect(response.status).toBe(201);
      return ((await response.json()) as { readonly id: string }).id;
    };
    for (const [way, upload] of Object.entries(ways)) {
      test(`the same file uploaded again ${way} heals every image that has its bytes`, async () => {
        for (const [what, change] of Object.entries({ lost: null, cut, emptied, flipped })) {
          const bytes = picture(seed);
          const id = await post(bytes, String(bytes.length));
          const twin = (await fragile.server.client.images.upload(bytes)).id;
          const { sha256 } = await fragile.server.client.images.get(id);
          if (change) await damage(sha256, change);
          else await fragile.stored.remove(await pathOf(fragile.stored, "blobs", sha256));
          if (what === "flipped") {
            await forget();
            await expectDamaged(`/images/${id}.webp?resize=20x`);
          }
          const again = await upload(bytes);
          for (const each of [id, twin, again]) await expectBytes(`/images/${each}`, bytes);
          expect((await get(`/images/${twin}.webp?resize=30x`)).status).toBe(200);
          // The replaced bytes are removed immediately, not by the sweep.
          expect(await fragile.stored.find("blobs", sha256)).toHaveLength(1);
        }
      }, 60_000);
    }
  });

  describe.skipIf(start === null)(`damage on ${name}, with nothing in memory`, () => {
    if (!start) return;
    /** Files are only checked by their length when they are sent, and not read before. */
    const onlyRemote = (title: string, run: () => Promise<void>) => isRemote && test(title, run, 60_000);

    test("the same file fetched from a URL heals every image that has its bytes", async () => {
      const bytes = new Uint8Array(await samplePhoto());
      using elsewhere = Bun.serve({ port: 0, fetch: () => new Response(bytes) });
      await using fragile = await start({
        PROGIMAGE_FETCH_ALLOW_HOSTS: `127.0.0.1:${elsewhere.port}`,
      });
      const { id, sha256 } = await fragile.server.client.images.upload(bytes);
      await fragile.stored.remove(await pathOf(fragile.stored, "blobs", sha256));
      const again = await fragile.server.client.images.upload(
        new URL(`http://127.0.0.1:${elsewhere.port}/photo.png`),
      );
      for (const each of [id, again.id]) {
        const response = await fetch(`${fragile.server.url}/images/${each}`);
        expect([response.status, Buffer.compare(await response.bytes(), bytes)]).toEqual([200, 0]);
      }
    });

    test("a render that was cut, emptied or flipped while the server runs is rendered again", async () => {
      await using fragile = await start({ PROGIMAGE_MEMORY_CACHE_BYTES: "0" });
      const { id, sha256 } = await fragile.server.client.images.upload(new Uint8Array(await samplePhoto()));
      const path = `/images/${id}.png?resize=400x`;
      const first = await (await fetch(fragile.server.url + path)).bytes();
      for (const change of [cut, emptied, flipped, (bytes: Uint8Array) => bytes.subarray(0, 40)]) {
        await until("the render is stored", async () => {
          return (await fragile.stored.find("derivatives", sha256.slice(0, 32))).length > 0;
        });
        await changeOne(fragile.stored, "derivatives", sha256.slice(0, 32), change);
        const url = (isRemote ? await fragile.restart() : fragile.server).url;
        for (let time = 0; time < 2; time++) {
          for (const [range, from, to] of [
            [null, 0, first.length],
            ["bytes=-7", first.length - 7, first.length],
          ] as const) {
            const answer = await fetch(url + path, range ? { headers: { range } } : {});
            expect(answer.status).toBe(range ? 206 : 200);
            expect(Buffer.compare(await answer.bytes(), first.subarray(from, to))).toBe(0);
          }
        }
        // The new render replaces the damaged one.
        await until("the render is whole again", async () => {
          const [stored = ""] = await fragile.stored.find("derivatives", sha256.slice(0, 32));
          return (
            stored !== "" &&
            Buffer.compare((await fragile.stored.read(stored)).subarray(0, first.length), first) === 0
          );
        });
        await fragile.restart();
      }
    }, 60_000);

    test("a flipped bit in a render is found after a restart, in small and large renders", async () => {
      await using fragile = await start();
      for (const [seed, query, isLarge] of [
        [1, ".webp?resize=40x", false],
        [2, ".png", true],
      ] as const) {
        const picture = new Uint8Array(await noise(seed, 700, 700));
        const { id, sha256 } = await fragile.server.client.images.upload(picture);
        const path = `/images/${id}${query}`;
        const first = await (await fetch(fragile.server.url + path)).bytes();
        // Only small renders are kept in memory.
        expect(first.length > 262_144).toBe(isLarge);
        await until("the render is stored", async () => {
          return (await fragile.stored.find("derivatives", sha256.slice(0, 32))).length > 0;
        });
        await changeOne(fragile.stored, "derivatives", sha256.slice(0, 32), flipped);
        const { url } = await fragile.restart();
        for (let time = 0; time < 3; time++)
          expect(Buffer.compare(await (await fetch(url + path)).bytes(), first)).toBe(0);
      }
    }, 60_000);

    onlyRemote(
      "a flipped bit of a large original breaks the connection, and is damaged from then on",
      async () => {
        await using fragile = await start();
        const bytes = new Uint8Array([...(await samplePhoto()), ...new Uint8Array(3_000_000)]);
        const { id, sha256 } = await fragile.server.client.images.upload(bytes);
        const small = await fragile.server.client.images.upload(bytes.subarray(0, 500_000));
        for (const each of [sha256, small.sha256]) await changeOne(fragile.stored, "blobs", each, flipped);
        const problem = await fetch(`${fragile.server.url}/images/${small.id}`);
        expect([problem.status, await problem.json()]).toMatchObject([500, DAMAGED]);
        for (const headers of [{}, { range: "bytes=0-" }] as Record<string, string>[]) {
          const answer = await fetch(`${fragile.server.url}/images/${id}`, { headers });
          if (answer.ok) await expect(answer.bytes()).rejects.toThrow();
          else expect([answer.status, await answer.json()]).toMatchObject([500, DAMAGED]);
        }
        const after = await fetch(`${fragile.server.url}/images/${id}`);
        expect([after.status, await after.json()]).toMatchObject([500, DAMAGED]);
      },
    );

    onlyRemote("nobody is redirected to an original that is known to be damaged", async () => {
      await using fragile = await start({ PROGIMAGE_S3_REDIRECT: "true" });
      const { id, sha256 } = await fragile.server.client.images.upload(new Uint8Array(await samplePhoto()));
      const ask = async () => await fetch(`${fragile.server.url}/images/${id}`, { redirect: "manual" });
      expect((await ask()).status).toBe(307);
      await changeOne(fragile.stored, "blobs", sha256, flipped);
      await fragile.restart();
      expect((await fetch(`${fragile.server.url}/images/${id}.webp?resize=20x`)).status).toBe(500);
      const answer = await ask();
      expect([answer.status, await answer.json()]).toMatchObject([500, DAMAGED]);
    });

    test("the scrub finds a flipped bit without a request, and its repair", async () => {
      await using fragile = await start({
        PROGIMAGE_SWEEP_INTERVAL_MS: "100",
        PROGIMAGE_SCRUB_BYTES_PER_DAY: String(1e15),
      });
      const { client, url } = fragile.server;
      const bytes = new Uint8Array(await samplePhoto());
      const { id, sha256 } = await client.images.upload(bytes);
      const path = await changeOne(fragile.stored, "blobs", sha256, flipped);
      await until("the notice is there", () => hasNotice(fragile));
      const logged = await logLine(fragile, "damaged or missing: uploading");
      expect(logged).toMatchObject({ level: 50, images: [id] });
      expect(path).toEndWith(logged.key);
      const response = await fetch(`${url}/images/${id}`);
      expect([response.status, await response.json()]).toMatchObject([500, DAMAGED]);
      const again = await client.images.upload(bytes);
      for (const each of [id, again.id]) {
        const answer = await fetch(`${url}/images/${each}`);
        expect([answer.status, Buffer.compare(await answer.bytes(), bytes)]).toEqual([200, 0]);
      }
      await until("the notice is gone", async () => !(await hasNotice(fragile)));
    });
  });
}

/** Returns bytes that a decoder ignores after an image, different for each number. */
function numbered(number: number): Uint8Array {
  return new Uint8Array(new Uint32Array([number]).buffer);
}

async function pathOf(stored: StoredBytes, folder: "blobs" | "derivatives", text: string): Promise<string> {
  const [path, ...others] = await stored.find(folder, text);
  if (path === undefined || others.length > 0) throw new Error(`There must be one file with ${text}`);
  return path;
}

/** Changes the only file whose path contains a text. Returns its path. */
async function changeOne(
  stored: StoredBytes,
  folder: "blobs" | "derivatives",
  text: string,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<string> {
  const path = await pathOf(stored, folder, text);
  await stored.write(path, change(await stored.read(path)));
  return path;
}

/** Whether the operator has a notice about damaged images. */
async function hasNotice({ server }: FragileServer): Promise<boolean> {
  const ready = (await (await fetch(`${server.url}/readyz`)).json()) as {
    readonly notices?: readonly { readonly code: string }[];
  };
  return ready.notices?.some(({ code }) => code === "images_damaged") ?? false;
}

/** A log line may arrive later than the answer. */
async function logLine({ server }: FragileServer, text: string) {
  let line: string | undefined;
  await until(`the log has a line with ${text}`, async () => {
    const whole = server.log().split("\n").slice(0, -1);
    line = whole.findLast((each) => each.includes(text));
    return line !== undefined;
  });
  return JSON.parse(line ?? "") as {
    readonly key: string;
    readonly level: number;
    readonly images: readonly string[];
  };
}
