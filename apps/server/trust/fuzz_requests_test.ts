import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { join } from "node:path";
import fc from "fast-check";
import { tarOf, zipOf } from "../end_to_end/testing_archives.ts";
import { twoColours } from "../end_to_end/testing_pictures.ts";
import { filesBelow } from "../end_to_end/testing_server.ts";
import { findStacks, type RunningStack } from "../end_to_end/testing_stacks.ts";

const RUNS = process.env["PROGIMAGE_LONG_TESTS"] === "true" ? 3_000 : 150;
const TIMEOUT = 600_000;

const MISSING = "01890000-0000-7000-8000-000000000000";

/** Texts that break careless code: in databases, paths, logs and headers. */
const text = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom("a", "🦊", "in/", "$ID", MISSING) },
  { weight: 5, arbitrary: fc.constantFrom("", "\0", "a\0b", "../", "/", "__proto__", "%00", "\r\n") },
  { weight: 5, arbitrary: fc.string({ unit: "binary", maxLength: 20 }).map((value) => value.toWellFormed()) },
  { weight: 1, arbitrary: fc.constant("\ud800") },
);
const time = fc.constantFrom("2030-01-31T12:00:00Z", "+275760-09-13T00:00:00Z", "-271821-04-20T00:00:00Z");
const anything = fc.oneof(
  text,
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(-0, 1e308, Number.MAX_SAFE_INTEGER),
);

/** Returns mostly valid fields, sometimes others, and omits some of them. */
function almost(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> {
  const often = (value: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 40, arbitrary: value }, { weight: 1, arbitrary: anything });
  const record = fc.record(
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, often(value)])),
    { requiredKeys: [] },
  );
  const extra = fc.oneof(
    { weight: 40, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(text, anything, { maxKeys: 1 }) },
  );
  return fc.tuple(record, extra).map(([known, more]) => ({ ...known, ...more }));
}

const ids = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom("$ID", MISSING) }, text), {
  maxLength: 4,
});
const filter = fc.oneof(
  ...["tag", "format", "sha256", "namePrefix"].map((name) => text.map((value) => ({ [name]: value }))),
  almost({ tag: text, createdFrom: time, createdBefore: time }),
);
const selection = fc.oneof(
  ids.map((value) => ({ ids: value })),
  filter.map((value) => ({ filter: value })),
  almost({ all: fc.constant(true) }),
);
const steps = fc.oneof(
  ...[{ transform: "flip" }, { transform: "resize", width: 9 }].map((step) => fc.constant([step])),
  fc.array(almost({ transform: fc.constant("mask"), image: text }), { maxLength: 2 }),
);
const recipe = almost({ steps, format: fc.constantFrom("png", "webp", "jpg") });
const metadata = fc.dictionary(text, anything, { maxKeys: 2 });
const focalPoint = almost({ x: fc.double({ min: 0, max: 1, noNaN: true }), y: fc.constant(1) });
const expiry = fc.constantFrom("expires", "expiresIn").chain((name) => almost({ [name]: fc.nat(99) }));
const attributes = fc
  .tuple(almost({ tags: fc.array(text, { maxLength: 2 }), metadata, focalPoint }), expiry)
  .map((parts) => Object.assign({}, ...parts));
const webhook = fc.constantFrom(null, null, null, "http://127.0.0.1:1/", "nowhere");

const sources = fc.oneof(
  selection,
  fc.array(fc.oneof(text, fc.constant("http://127.0.0.1:1/")), { maxLength: 2 }).map((urls) => ({ urls })),
  text.map((prefix) => ({ exchange: { prefix } })),
);
const deliver = fc.oneof(
  fc.constantFrom("images", "derivatives", "archive"),
  text.map((prefix) => ({ exchange: { prefix } })),
);
const outputs = fc.array(recipe, { minLength: 1, maxLength: 2 });

const BODIES: Readonly<Record<string, fc.Arbitrary<object>>> = {
  "/jobs": fc
    .tuple(sources, almost({ deliver, attributes, priority: fc.constant("low"), webhook }), outputs)
    .map(([from, rest, made]) => ({ select: from, outputs: made, ...rest })),
  "/archives": fc
    .tuple(selection, recipe, almost({ container: fc.constantFrom("tar", "zip") }))
    .map(([select, ...parts]) => Object.assign({ select }, ...parts)),
  "/images/bulk": fc
    .tuple(
      selection,
      fc.oneof(
        fc.constantFrom({ action: "describe" }, { action: "nothing" }),
        almost({ tags: fc.array(text, { maxLength: 2 }), metadata }).map((patch) => ({
          action: "update",
          patch,
        })),
      ),
    )
    .map(([select, wish]) => ({ select, ...wish })),
  "/images/import": fc
    .tuple(almost({ prefix: text }), almost({ onlyNew: fc.boolean(), webhook, attributes }))
    .map(([exchange, rest]) => ({ select: { exchange }, ...rest })),
};

for (const { name, start } of await findStacks()) {
  describe.skipIf(start === null)(`requests for many images on ${name}`, () => {
    let running: RunningStack;
    let id: string;
    beforeAll(async () => {
      if (!start) return;
      running = await start({ PROGIMAGE_LOG_LEVEL: "warn" });
      id = (await running.server.client.images.upload(await twoColours(), { name: "🦊", tags: ["🦊"] })).id;
    });
    afterAll(() => running?.[Symbol.asyncDispose]());

    /** Only expected answers are allowed, and a strict parser must be able to read each of them. */
    const check = async (about: unknown, response: Response) => {
      const bytes = Buffer.from(await response.bytes());
      const isJson = /json/.test(response.headers.get("content-type") ?? "");
      const said = response.ok ? "" : bytes.toString();
      const isAnswer = response.status < 500 || response.status === 501;
      expect([about, said, isAnswer]).toEqual([about, said, true]);
      if (isJson) expect(JSON.stringify(JSON.parse(bytes.toString()))).not.toMatch(/(?<!\\)\\ud[89a-f]/i);
    };
    const post = (path: string, body: string | Uint8Array<ArrayBuffer>, type = "application/json") =>
      fetch(running.server.url + path, { method: "POST", body, headers: { "content-type": type } });

    for (const [path, body] of Object.entries(BODIES)) {
      test(
        `POST ${path} succeeds or is refused, without a defect`,
        async () => {
          await fc.assert(
            fc.asyncProperty(body, async (json) => {
              const sent = JSON.stringify(json).replaceAll("$ID", id);
              await check(sent, await post(path, sent));
            }),
            { numRuns: RUNS, seed: 20_261_126 },
          );
        },
        TIMEOUT,
      );
    }

    test("invalid JSON and deeply nested JSON is refused", async () => {
      const deep = (count: number) =>
        `{"attributes":${'{"a":'.repeat(count)}"\\ud83e"${"}".repeat(count)},"all":true}`;
      const bodies = ["", "null", "[]", '"', "{", deep(100), deep(9_000), `{"ids":${"[".repeat(30_000)}`];
      for (const path of Object.keys(BODIES))
        for (const body of bodies) {
          const response = await post(path, body);
          expect([path, body.slice(0, 20), response.status]).toEqual([path, body.slice(0, 20), 400]);
          expect(await response.json()).toMatchObject({ code: expect.stringMatching(/^invalid_/) });
        }
    });

    test(
      "archives with any bytes changed, added or cut off are answered by items or a problem",
      async () => {
        const files = ["a.png", "b/ü.png"].map((file) => ({ name: file, bytes: new Uint8Array() }));
        const pictures = await Promise.all([twoColours(), twoColours(8, 8)]);
        const whole = files.map((file, index) => ({ ...file, bytes: pictures[index] ?? file.bytes }));
        const tar = await tarOf(whole);
        const archives = {
          "application/x-tar": tar,
          "application/gzip": Bun.gzipSync(tar),
          "application/zip": zipOf(whole.map((file) => ({ ...file, method: 8 }))),
        };
        const change = fc.record({
          type: fc.constantFrom(...(Object.keys(archives) as (keyof typeof archives)[])),
          changes: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
            maxLength: 4,
          }),
          length: fc.oneof(
            { weight: 3, arbitrary: fc.constant(1) },
            { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
          ),
          more: fc.uint8Array({ maxLength: 2 }),
        });
        await fc.assert(
          fc.asyncProperty(change, async ({ type, changes, length, more }) => {
            const bytes = archives[type].slice(0, Math.ceil(archives[type].length * length));
            for (const [place, value] of changes) bytes[Math.floor(place * (bytes.length - 1))] = value;
            const sent = new Uint8Array(Buffer.concat([bytes, more]));
            await check([type, changes, length], await post("/images", sent, type));
          }),
          { numRuns: RUNS, seed: 20_261_126 },
        );
      },
      TIMEOUT,
    );

    test("nothing is left behind, and all lists can be read", async () => {
      const { client, dataDir, url, log } = running.server;
      for await (const { id: job } of client.jobs.list({ limit: 1_000 })) {
        await client.jobs.cancel(job);
        for (const path of [`/jobs/${job}`, `/jobs/${job}/items`]) await check(path, await fetch(url + path));
      }
      for (const path of ["/jobs?limit=1000", "/images?limit=1000"])
        await check(path, await fetch(url + path));
      const left = async () => [
        ...(await filesBelow(join(dataDir, "fs", "incoming"))),
        ...(await filesBelow(join(dataDir, "tmp"))),
      ];
      // Items in progress when their job was cancelled still finish.
      await until("no file is left", async () => {
        const found = await left();
        return found.length === 0 || found;
      });
      expect(log()).not.toMatch(/"level":[56]0/);
    });
  });
}
