import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ProgImage } from "@progimage/client";
import sharp from "sharp";
import { changeAvatar } from "../../../examples/avatars.ts";
import { teaserUrl } from "../../../examples/crops_and_captions.ts";
import { collectionPage, relabel } from "../../../examples/museum_pages.ts";
import { photosOf, sendPhoto } from "../../../examples/phone_uploads.ts";
import { importPictures, pictureSet, putOnSale } from "../../../examples/product_pictures.ts";
import { noise } from "./testing_pictures.ts";
import { startServer, type TestServer } from "./testing_server.ts";

const EXAMPLES = join(import.meta.dir, "../../..", "examples");

let server: TestServer;
let client: ProgImage;
let maker: ReturnType<typeof Bun.serve>;

beforeAll(async () => {
  const photo = new Uint8Array(await noise(1, 900, 1200));
  maker = Bun.serve({
    port: 0,
    fetch: ({ url }) => (url.endsWith(".jpg") ? new Response(photo) : new Response("", { status: 404 })),
  });
  server = await startServer({ settings: { PROGIMAGE_FETCH_ALLOW_HOSTS: `localhost:${maker.port}` } });
  client = server.client;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await maker.stop(true);
});

const photoOf = async (seed: number, width = 400, height = 300) =>
  new File([new Uint8Array(await noise(seed, width, height))], `photo ${seed}.jpg`);

async function widthsOf(srcset: string): Promise<readonly string[]> {
  const shown = srcset.split(", ").map(async (candidate) => {
    const [url = "", descriptor] = candidate.split(" ");
    const { width } = await sharp(await (await fetch(url)).bytes()).metadata();
    return `${width} ${descriptor}`;
  });
  return await Promise.all(shown);
}

test("examples/avatars.ts keeps one avatar, and never enlarges it", async () => {
  await changeAvatar(client, "ada", { photo: await photoOf(2) });
  const photo = await photoOf(3, 150, 150);
  const { src, srcset } = await changeAvatar(client, "ada", { photo, face: { x: 0.2, y: 0.3 } });
  expect((await fetch(src)).headers.get("content-type")).toBe("image/webp");
  expect(await widthsOf(srcset)).toEqual(["64 1x", "128 2x", "150 2.344x"]);
  expect(await Array.fromAsync(client.images.list({ tag: "avatar-of-ada" }))).toMatchObject([
    { focalPoint: { x: 0.2, y: 0.3 } },
  ]);
});

test("examples/product_pictures.ts stores each with its SKU, and puts many on sale at once", async () => {
  const urlOf = (name: string) => `http://localhost:${maker.port}/${name}`;
  const pictures = ["a.jpg", "b.jpg", "gone.png"].map((name) => ({
    sku: name,
    title: `The ${name}`,
    url: urlOf(name),
  }));
  for (let run = 0; run < 2; run++)
    expect([...(await importPictures(client, pictures)).keys()]).toEqual(["gone.png"]);
  const stored = await Array.fromAsync(client.images.list({ tag: "product" }));
  expect(stored.map(({ metadata }) => metadata["sku"]).toSorted()).toEqual(["a.jpg", "b.jpg"]);
  const [first] = stored;
  if (!first) throw new Error("Cannot find the pictures");
  expect(await widthsOf(pictureSet(client, first))).toEqual(["300 300w", "600 600w", "900 900w"]);
  expect(
    await putOnSale(
      client,
      stored.map(({ id }) => id),
    ),
  ).toBe(2);
  expect(await Array.fromAsync(client.images.list({ tag: "sale" }))).toHaveLength(2);
});

test("examples/crops_and_captions.ts takes any text", async () => {
  const photo = await client.images.upload(await photoOf(4, 1200, 900));
  const crop = { x: 100, y: 50, width: 800, height: 450 };
  const seen = new Set<string>();
  for (const caption of [
    "Hello, world",
    "sale: 50 %",
    "{x}",
    "hi,size:200",
    "size:20",
    "~tilde \\ back",
    "“ü” & <b>",
  ]) {
    const answer = await fetch(teaserUrl(client, photo, { crop, caption }));
    expect([caption, answer.status]).toEqual([caption, 200]);
    const { width, height } = await sharp(await answer.bytes()).metadata();
    expect([width, height]).toEqual([640, 360]);
    seen.add(answer.headers.get("etag") ?? "");
  }
  expect(seen.size).toBe(7);
});

test("examples/museum_pages.ts reads page by page, and two curators lose no change", async () => {
  const sources = Array.from({ length: 30 }, async (_, index) => ({
    source: await photoOf(100 + index, 40, 30),
    name: `0 object ${index}`,
  }));
  await client.images.uploadAll(await Promise.all(sources));
  const first = await collectionPage(client);
  const second = await collectionPage(client, first.next);
  expect(first.objects).toHaveLength(24);
  expect(second.objects.slice(0, 6).every(({ title }) => title.startsWith("0 object"))).toBe(true);
  expect((await fetch(first.objects[0]?.picture ?? "")).status).toBe(200);
  const { id } = await client.images.upload(await photoOf(5), { metadata: { label: "" } });
  const add = (word: string) => relabel(client, id, ({ metadata }) => `${metadata["label"]}${word}`);
  await Promise.all([add("a"), add("b")]);
  expect(String((await client.images.get(id)).metadata["label"])).toHaveLength(2);
});

test("examples/phone_uploads.ts sends the file first, and later fields apply to it", async () => {
  const image = await sendPhoto(server.url, await photoOf(6, 2000, 1500), "7");
  const hours = (Date.parse(image.expiresAt ?? "") - Date.now()) / 3_600_000;
  expect(hours).toBeWithin(23, 24.1);
  const [url = ""] = await photosOf(client, "7");
  expect((await sharp(await (await fetch(url)).bytes()).metadata()).width).toBe(480);
});

test("examples/scan_pipeline.ts is killed, runs again and stores nothing twice", async () => {
  const folder = join(server.dataDir, "scans");
  await mkdir(folder);
  for (let index = 0; index < 40; index++)
    await Bun.write(join(folder, `scan ${index}.jpg`), new Uint8Array(await noise(300 + index)));
  const start = () =>
    Bun.spawn([process.execPath, join(EXAMPLES, "scan_pipeline.ts"), server.url, folder], { stdout: "pipe" });
  const killed = start();
  for await (const piece of killed.stdout) if (Buffer.from(piece).includes("of 40")) break;
  killed.kill("SIGKILL");
  await killed.exited;
  expect(await start().exited).toBe(0);
  const stored = await Array.fromAsync(client.images.list({ tag: "scan" }));
  expect(new Set(stored.map(({ metadata }) => metadata["scannedFrom"])).size).toBe(40);
  expect(stored).toHaveLength(40);
});

test("examples have at most 40 lines of code each", async () => {
  for await (const name of new Bun.Glob("*.ts").scan(EXAMPLES)) {
    const lines = (await Bun.file(join(EXAMPLES, name)).text()).split("\n");
    const code = lines.filter((line) => !/^\s*(?:$|\/\/|\/?\*|import )/.test(line));
    expect([name, code.length <= 40]).toEqual([name, true]);
  }
});
