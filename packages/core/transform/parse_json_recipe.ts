import { ProgImageError } from "../error.ts";
import {
  assembleRecipe,
  checkStepCount,
  readFormat,
  readPreset,
  type ReadRecipeOptions,
} from "./assemble_recipe.ts";
import { readPart } from "../shape/read_shape.ts";
import { quote } from "./names.ts";
import { jsonArguments } from "./parse_url_arguments.ts";
import { readStep } from "./read_step.ts";
import type { Recipe, Step } from "./recipe.ts";
import type { TransformRegistry } from "./registry.ts";

/**
 * Reads `{ "steps": [{ "transform": "resize", "width": 300 }], "format": "webp" }` as a recipe. Every member may be left out; the steps of
 * a `preset` come first.
 *
 * @throws {ProgImageError} `invalid_request`, `invalid_parameter`, `unknown_transform`
 */
export function parseJsonRecipe(
  json: unknown,
  registry: TransformRegistry,
  options: ReadRecipeOptions = {},
): Recipe {
  if (!isObject(json)) throw refusal(`Cannot read recipe as it must be a JSON object: it is ${quote(json)}`);
  const { steps = [], format, preset, ...rest } = json;
  const named = preset === undefined ? null : readPreset(preset, options);
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw new ProgImageError(
      "unknown_parameter",
      `Cannot read recipe as it has "preset", "steps" and "format" only: it has ${quote(unknown)}`,
      { details: { parameter: unknown.slice(0, 64), known: ["preset", "steps", "format"] } },
    );
  if (!Array.isArray(steps))
    throw refusal(`Cannot read recipe as its "steps" must be a list: it is ${quote(steps)}`);
  checkStepCount(steps.length, options);
  const read = steps.map((step: unknown, index) =>
    readPart(`steps/${index}`, () => readJsonStep(step, index, registry)),
  );
  const wished = format === undefined ? (named?.format ?? null) : readFormat(format);
  return assembleRecipe([...(named?.steps ?? []), ...read], wished, registry, options);
}

function readJsonStep(json: unknown, index: number, registry: TransformRegistry): Step {
  if (!isObject(json))
    throw refusal(`Cannot read step ${index + 1} as it must be a JSON object: it is ${quote(json)}`);
  const { transform: name, ...rest } = json;
  if (typeof name !== "string") {
    throw refusal(
      `Cannot read step ${index + 1} as its "transform" must be the name of a transform: it is ${quote(name)}`,
    );
  }
  const transform = readPart("transform", () => registry.get(name));
  return readStep(transform, jsonArguments(rest));
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function refusal(message: string): ProgImageError {
  return new ProgImageError("invalid_request", message);
}
