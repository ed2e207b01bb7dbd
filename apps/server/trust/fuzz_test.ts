import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { loadPlugins, type Param, type Transform } from "@progimage/core";
import fc from "fast-check";
import { BUILT_IN } from "../compose/plugin_modules.ts";
import { twoColours } from "../end_to_end/testing_pictures.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";

const transforms = (await loadPlugins(BUILT_IN)).list();
const RUNS = process.env["PROGIMAGE_LONG_TESTS"] === "true" ? 5_000 : 300;
const TIMEOUT = 600_000;

/** Only small images: large ones would only take time. */
const SMALL = {
  PROGIMAGE_LOG_LEVEL: "warn",
  PROGIMAGE_MAX_OUTPUT_SIDE: "1000",
  PROGIMAGE_MAX_OUTPUT_PIXELS: "500000",
};

/** The allowed answers to a recipe. Never 500. */
const ALLOWED = new Set([200, 400, 422]);

/** Values for a parameter: mostly valid ones, up to its limits, sometimes invalid. */
function valueFor(param: Param): fc.Arbitrary<string> {
  return fc.oneof({ weight: 12, arbitrary: properValue(param) }, { weight: 1, arbitrary: fc.string() });
}

function properValue(param: Param): fc.Arbitrary<string> {
  switch (param.kind) {
    case "number": {
      const { min = -1_000, max = 1_000 } = param;
      const inside = fc
        .double({ min, max, noNaN: true, noDefaultInfinity: true })
        .map((value) => value.toFixed(3));
      return fc.oneof(inside, fc.constantFrom(String(min), String(max), ...(param.words ?? [])));
    }
    case "integer": {
      const { min = -1_000, max = 1_000 } = param;
      return fc.oneof(
        fc.integer({ min, max }).map(String),
        fc.constantFrom(String(min), String(max), ...(param.words ?? [])),
      );
    }
    case "length": {
      const { min = -1_000, max = 1_000 } = param;
      return fc.oneof(
        fc.integer({ min, max }).map(String),
        fc.integer({ min: 1, max: 200 }).map((perCent) => `${perCent}pct`),
      );
    }
    case "boolean":
      return fc.constantFrom("true", "false");
    case "choice":
      return fc.constantFrom(...param.values);
    case "color":
      return fc.constantFrom("red", "0000", "12345678", "fff", "transparent");
    case "text":
      return fc.oneof(
        fc.string({ unit: "grapheme", maxLength: 60 }),
        fc.constantFrom("16:9", "1.5", "שלום 👋", "a\nb"),
      );
    case "point": {
      const { min = 0, max = 1 } = param;
      const side = fc.double({ min, max, noNaN: true }).map((value) => value.toFixed(3));
      return fc.tuple(side, side).map((sides) => sides.join("x"));
    }
    case "list":
      return fc
        .array(properValue(param.of), { minLength: param.min ?? 0, maxLength: param.max })
        .map((members) => members.join(";"));
    case "image":
      return fc.constantFrom("$ID", "@part", "http://127.0.0.1:1/");
  }
}

function step(transform: Transform): fc.Arbitrary<string> {
  const params = Object.entries(transform.params);
  return fc
    .record(
      Object.fromEntries(
        params.map(([name, param]) => [
          name,
          fc.option(valueFor(param), { nil: undefined, freq: param.kind === "image" ? 20 : 2 }),
        ]),
      ),
    )
    .map((values) => {
      const given = Object.entries(values).filter(([, value]) => value !== undefined);
      const texts = given.map(
        ([name, value]) => `${name}:${encodeURIComponent(String(value).toWellFormed())}`,
      );
      return texts.length === 0 ? transform.name : `${transform.name}=${texts.join(",")}`;
    });
}

const recipe = fc.array(fc.oneof(...transforms.map(step)), { minLength: 1, maxLength: 4 });

describe("for any recipe", () => {
  let server: TestServer;
  let ids: readonly string[];
  beforeAll(async () => {
    server = await startServer({ settings: SMALL });
    const sizes = [
      [40, 20],
      [1, 1],
      [2, 300],
    ] as const;
    ids = await Promise.all(
      sizes.map(
        async ([width, height]) => (await server.client.images.upload(await twoColours(width, height))).id,
      ),
    );
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test(
    "the answer is an image or a refusal, never a defect",
    async () => {
      const format = fc.constantFrom("jpg", "png", "webp", "gif", "tiff");
      await fc.assert(
        fc.asyncProperty(recipe, format, fc.nat(2), async (steps, extension, which) => {
          const query = steps.join("&").replaceAll("%24ID", ids[0] ?? "");
          const response = await fetch(`${server.url}/images/${ids[which]}.${extension}?${query}`);
          const body = await response.bytes();
          const text = response.ok ? "" : Buffer.from(body).toString();
          expect([query, text, ALLOWED.has(response.status)]).toEqual([query, text, true]);
        }),
        { numRuns: RUNS, seed: 20_261_124 },
      );
    },
    TIMEOUT,
  );
});
