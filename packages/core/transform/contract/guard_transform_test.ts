import { describe, expect, test } from "bun:test";
import { ProgImageError } from "../../error.ts";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { completeSteps } from "../planning/complete_steps.ts";
import { type SlowCall, SLOW_CALL_MILLISECONDS } from "./guard_transform.ts";
import { definePlugin } from "./plugin.ts";
import { predictRecipe, type PredictionSource } from "../planning/predict.ts";
import { readStep } from "../recipe/read_step.ts";
import { createRegistry } from "./registry.ts";
import { defineTransform, type PixelTransform } from "./transform.ts";

const PHOTO: PredictionSource = {
  format: "jpeg",
  width: 400,
  height: 300,
  pages: 1,
  hasAlpha: false,
  orientation: 1,
  colorSpace: "srgb",
};

/** Calls everything of a transform that runs before a render. */
function plan(changes: object, onSlowCall?: (call: SlowCall) => void) {
  const transform = defineTransform({
    name: "odd",
    version: 1,
    summary: "Is odd",
    params: {},
    apply: (image) => image,
    ...changes,
  } as PixelTransform);
  const registry = createRegistry([definePlugin({ name: "@progimage/odd", transforms: [transform] })], {
    onSlowCall,
  });
  const step = readStep(registry.get("odd"), new Map());
  const steps = completeSteps([step], { focalPoint: null }, registry);
  return predictRecipe({ steps, format: "webp" }, PHOTO, registry, DEFAULT_LIMITS);
}

/** Returns the error with which a plan is rejected. */
function refusal(changes: object): unknown {
  try {
    plan(changes);
  } catch (error) {
    return error;
  }
  throw new Error("It was not refused");
}

const rejecting = () => Promise.reject(new Error("too late"));
const throwing = () => {
  throw new Error("a secret of the plugin");
};

describe("guardTransform()", () => {
  test.each(["check", "complete", "frames", "size", "stage"])(
    "%s that returns a promise fails with the transform's name, without an unhandled rejection",
    async (part) => {
      const unhandled: unknown[] = [];
      const note = (error: unknown) => unhandled.push(error);
      process.on("unhandledRejection", note);
      expect(refusal({ [part]: rejecting })).toMatchObject({
        code: "plugin_failed",
        message: `Cannot process image as "${part}" of transform "odd" failed`,
        cause: { message: expect.stringContaining("promise") },
      });
      await new Promise((resolve) => setImmediate(resolve));
      process.off("unhandledRejection", note);
      expect(unhandled).toEqual([]);
    },
  );

  test("encode that returns a promise fails as well", () => {
    expect(refusal({ apply: undefined, stage: "output", encode: rejecting })).toMatchObject({
      code: "plugin_failed",
    });
  });

  test.each([
    ["size", "nothing", undefined],
    ["size", "half a pixel", { width: 1.5, height: 3 }],
    ["size", "no width", { width: 0, height: 3 }],
    ["size", "a word", "big"],
    ["stage", "an unknown stage", ["sepia"]],
    ["stage", "a word", "flip"],
    ["complete", "nothing", undefined],
    ["complete", "NaN", { amount: Number.NaN }],
    ["complete", "an invalid point", { center: { x: Number.NaN, y: 0 } }],
    ["complete", "a function", { amount: () => 1 }],
  ] as const)("%s that returns %s fails as plugin_failed", (part, _, value) => {
    expect(refusal({ [part]: () => value })).toMatchObject({ code: "plugin_failed" });
  });

  test.each(["check", "complete", "frames", "size", "stage"])(
    "%s that throws is plugin_failed, without its own message",
    (part) => {
      const error = refusal({ [part]: throwing });
      expect(error).toMatchObject({ code: "plugin_failed", cause: { message: "a secret of the plugin" } });
      expect((error as Error).message).not.toContain("secret");
    },
  );

  test("complete may return lists and points", () => {
    expect(() => plan({ complete: () => ({ center: { x: 0, y: 1 }, stops: ["fff", "000"] }) })).not.toThrow();
  });

  test.each(["image_not_found", "internal", "busy", "teapot", "plugin_failed"])(
    "a refusal with the code %s is plugin_failed",
    (code) => {
      const check = () => {
        throw new ProgImageError(code as "busy", "Cannot do this");
      };
      expect(refusal({ check })).toMatchObject({ code: "plugin_failed" });
    },
  );

  test("a refusal keeps its message and known details, and no other members", () => {
    const details = { parameter: "amount", status: 200, requestId: "forged", known: ["a"] };
    const check = () => {
      throw new ProgImageError("invalid_parameter", "Cannot do this", { details });
    };
    const error = refusal({ check }) as ProgImageError;
    expect(error).toMatchObject({ code: "invalid_parameter", message: "Cannot do this" });
    expect(error.details).toEqual({ parameter: "amount", known: ["a"] });
  });

  test("a slow call is reported with the name and the part", () => {
    const calls: SlowCall[] = [];
    const size = (input: object) => {
      Bun.sleepSync(SLOW_CALL_MILLISECONDS + 20);
      return input;
    };
    plan({ size }, (call) => calls.push(call));
    expect(calls).toMatchObject([{ transform: "odd", part: "size" }]);
    expect(calls[0]?.milliseconds).toBeGreaterThan(SLOW_CALL_MILLISECONDS);
  });

  test("a transform that is an instance of a class keeps its methods and getters", () => {
    class Doubling {
      readonly name = "double";
      readonly version = 1;
      readonly summary = "Doubles";
      readonly params = {};
      get factor() {
        return 2;
      }
      size({ width, height }: { width: number; height: number }) {
        return { width: width * this.factor, height: height * this.factor };
      }
      apply(image: unknown) {
        return image;
      }
    }
    const plugin = { contract: 1, name: "@progimage/class", transforms: [new Doubling()] };
    const registry = createRegistry([plugin]);
    const steps = [readStep(registry.get("double"), new Map())];
    const { size } = predictRecipe({ steps, format: "webp" }, PHOTO, registry, DEFAULT_LIMITS);
    expect(size).toEqual({ width: 800, height: 600 });
  });
});
