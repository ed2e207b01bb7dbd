import { describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { parseUrlRecipe } from "../recipe/parse_url_recipe.ts";
import { registryFixture as registry } from "../contract/plugin_fixture.ts";
import { predictRecipe, type PredictionSource } from "./predict.ts";
import type { OutputFormat } from "../output/formats.ts";

const PHOTO: PredictionSource = {
  format: "jpeg",
  width: 4000,
  height: 3000,
  pages: 1,
  hasAlpha: false,
  orientation: 1,
  colorSpace: "srgb",
};

function predict(query: string, source: Partial<PredictionSource> = {}, format: OutputFormat = "webp") {
  const { steps } = parseUrlRecipe(query, registry);
  return predictRecipe({ steps, format }, { ...PHOTO, ...source }, registry, DEFAULT_LIMITS);
}

const TOO_MANY = expect.objectContaining({ code: "too_many_pixels" });

describe("predictRecipe()", () => {
  test("predicts the size after all steps", () => {
    expect(predict("").size).toEqual({ width: 4000, height: 3000 });
    expect(predict("turn&scale=0.5").size).toEqual({ width: 1500, height: 2000 });
    expect(predict("scale=0.5&halve").size).toBe("unknown");
    expect(predict("encode=33").encode).toEqual({ quality: 33 });
  });

  test("counts frames only if the result keeps them", () => {
    const gif = { format: "gif", width: 100, height: 100, pages: 7 } as const;
    expect(predict("", gif, "webp").pages).toBe(7);
    expect(predict("", gif, "png").pages).toBe(1);
    expect(predict("", { format: "tiff", pages: 7 }, "webp").pages).toBe(1);
  });

  test("rejects a step whose result is too large, and names it", () => {
    expect(() => predict("turn&scale=3&scale=0.1")).toThrow(TOO_MANY);
    expect(() => predict("turn&scale=3&scale=0.1")).toThrow('step 2, "scale"');
    expect(() => predict("scale=2", { width: 4000, height: 4096 })).toThrow("32000000");
  });

  test("rejects a result that is too large, but not a large image that is scaled down in the same group", () => {
    const large = { width: 9000, height: 5000 };
    expect(() => predict("", large)).toThrow(TOO_MANY);
    expect(() => predict("mirror", large)).toThrow(TOO_MANY);
    expect(predict("mirror&turn&scale=0.1", large).size).toEqual({ width: 500, height: 900 });
  });

  test("rejects a result that is too large for its format, regardless of the server's limit", () => {
    const limits = { ...DEFAULT_LIMITS, outputSide: 100_000 };
    const wide = { ...PHOTO, width: 16_384, height: 10 };
    const predictIn = (format: OutputFormat) => () =>
      predictRecipe({ steps: [], format }, wide, registry, limits);
    expect(predictIn("webp")).toThrow(TOO_MANY);
    expect(predictIn("webp")).toThrow("as WebP as its result may be at most 16383 pixels wide and high");
    expect(predictIn("png")).not.toThrow();
  });

  test("refuses pixels between steps that take too much memory", () => {
    expect(() => predict("soften&scale=0.1", { width: 8000, height: 6000 })).toThrow(TOO_MANY);
    expect(() =>
      predict("mirror&mirror&soften", { format: "gif", width: 1000, height: 1000, pages: 30 }),
    ).toThrow("between its steps");
  });
});
