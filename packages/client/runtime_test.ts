import { describe, expect, test } from "bun:test";
import { mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sign } from "./mod.ts";
import { testingPng } from "./testing/testing_images.ts";
import { testingServer } from "./testing/testing_server.ts";

const LARGE = 128 * 1024 * 1024;
const RUNTIMES = [["bun", process.execPath], ["node", "node"]] as const; // prettier-ignore

/** The program that runs in another runtime. Its arguments are `client.js`, the server's URL and a path. */
const PROGRAM = `
const [module, baseUrl, file, isLarge] = process.argv.slice(2);
const { fromFile, ProgImage, NotFoundError, sign } = await import(module);
if (file === "access") {
  const client = new ProgImage({ baseUrl, key: "pi_secret" });
  await client.image(crypto.randomUUID()).bytes();
  console.log(JSON.stringify(await sign("https://example.com/images/a", { keyId: "k", secret: "pis_s", expiresAt: new Date(2e12) })));
  process.exit();
}
const path = fromFile(file);
const client = new ProgImage({ baseUrl });
if (isLarge) {
  const { bytes } = await client.images.upload(path);
  const form = await client.images.upload(path, { metadata: { text: "x".repeat(9000) } });
  console.log(JSON.stringify([bytes, form.bytes]));
  process.exit();
}
const image = await client.images.upload(path, { tags: ["a"] });
const missing = await client.images.get(crypto.randomUUID()).catch((error) => error instanceof NotFoundError);
const blob = await client.images.upload(new Blob([await client.image(image.id).bytes()], { type: "image/png" }));
const both = await client.images.uploadAll([new File([await (await client.image(image.id).fetch()).arrayBuffer()], "b.png"), path]).items();
const bytes = await client.image(image.id).bytes();
const names = (await client.images.list({ limit: 1, order: "name" }).page()).items.map(({ name }) => name);
const read = async (call) => JSON.parse(new TextDecoder().decode(await call));
const raw = await read(client.process(path).blur(2).bytes());
const form = await read(client.process(path).mask({ image: path }).flip().bytes());
const one = await (await client.process(path).rotate(90).fetch()).json();
const services = [raw.bytes, form.files.map(({ name }) => name), one.query];
console.log(JSON.stringify([image.name, image.tags, blob.sha256 === image.sha256, both.length, bytes.length, missing, names, services]));
`;

describe.each(RUNTIMES)("the client in %s", (_, command) => {
  test("does what it does here", async () => {
    await using server = testingServer();
    await using folder = await bundledClient();
    const path = join(folder.path, "cat.png");
    await Bun.write(path, testingPng(100));
    const { output } = await folder.run([command, server.url, path]);
    const services = [100, ["cat.png", "cat.png"], [["rotate", "90"]]];
    expect(output).toEqual(["cat.png", ["a"], true, 2, 100, true, [null], services]);
  });

  test("signs as it does here, and sends its key to no other origin", async () => {
    await using storage = testingServer({ intercept: () => new Response("bytes") });
    await using server = testingServer({ intercept: () => Response.redirect(`${storage.url}/blob`, 307) });
    await using folder = await bundledClient();
    const { output } = await folder.run([command, server.url, "access"]);
    const key = { keyId: "k", secret: "pis_s", expiresAt: new Date(2e12) };
    expect(output).toBe(await sign("https://example.com/images/a", key));
    expect(server.requests[0]?.headers.get("authorization")).toBe("Bearer pi_secret");
    expect(storage.requests[0]?.headers.has("authorization")).toBe(false);
  });

  test("uploads large files by their paths without holding them", async () => {
    await using server = testingServer({ intercept: countBytes });
    await using folder = await bundledClient();
    const [small, large] = [join(folder.path, "small.png"), join(folder.path, "large.png")];
    await Bun.write(small, testingPng());
    await Bun.write(large, "");
    await truncate(large, LARGE);
    const baseline = await folder.run([command, server.url, small, "large"]);
    const { maxRss, output } = await folder.run([command, server.url, large, "large"]);
    const [raw, form] = output as readonly number[];
    expect(raw).toBe(LARGE);
    expect(Number(form) - LARGE).toBeWithin(9000, 10_000);
    expect(maxRss - baseline.maxRss).toBeLessThan(LARGE / 2);
  }, 30_000);
});

test("the client bundles for browsers, without a word of Node", async () => {
  const { logs, outputs } = await Bun.build({
    entrypoints: [join(import.meta.dir, "mod.ts")],
    target: "browser",
  });
  expect(logs).toEqual([]);
  const text = (await outputs[0]?.text()) ?? "";
  expect(text).toContain("class ProgImage");
  expect(text).not.toMatch(/(?:from|import\(|require\()\s*"/);
});

interface BundledClient extends AsyncDisposable {
  readonly path: string;
  /** Runs the program. The peak memory is in bytes. */
  run(command: readonly string[]): Promise<{ readonly output: unknown; readonly maxRss: number }>;
}

async function bundledClient(): Promise<BundledClient> {
  const path = await mkdtemp(join(tmpdir(), "progimage-client-"));
  const module = join(path, "client.mjs");
  const { outputs } = await Bun.build({ entrypoints: [join(import.meta.dir, "mod.ts")], target: "node" });
  await Bun.write(module, (await outputs[0]?.text()) ?? "");
  const program = join(path, "program.mjs");
  await Bun.write(program, PROGRAM);
  return {
    path,
    async run([command = "", ...rest]) {
      const child = Bun.spawn([command, program, module, ...rest], { stdout: "pipe", stderr: "inherit" });
      const output: unknown = JSON.parse(await new Response(child.stdout).text());
      expect(await child.exited).toBe(0);
      return { output, maxRss: child.resourceUsage()?.maxRSS ?? Number.POSITIVE_INFINITY };
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

/** Answers with the size of the body, without keeping it. */
async function countBytes(request: Request): Promise<Response> {
  let bytes = 0;
  for await (const piece of request.body ?? []) bytes += piece.length;
  return Response.json({ bytes });
}
