import { ProgImageError } from "../../error.ts";
import {
  assembleRecipe,
  checkStepCount,
  readFormat,
  readPreset,
  type ReadRecipeOptions,
} from "./assemble_recipe.ts";
import { readPart, readShape } from "../../shape/read_shape.ts";
import { quote } from "./names.ts";
import { jsonArguments } from "./parse_url_arguments.ts";
import { parseUrlRecipe } from "./parse_url_recipe.ts";
import { readStep } from "./read_step.ts";
import type { Recipe, Step } from "./recipe.ts";
import { RECIPE_SHAPE } from "./recipe_shape.ts";
import type { TransformRegistry } from "../contract/registry.ts";

/**
 * Reads a recipe such as `{ "steps": [{ "transform": "resize", "width": 300 }], "format": "webp" }`, or `{ "recipe": "resize=300x" }`,
 * which holds the query of a URL. Every member is optional; a `preset` is a first step.
 *
 * @throws {ProgImageError} `invalid_request`, `invalid_parameter`, `unknown_parameter`, `conflicting_parameters`, `unknown_transform`
 */
export function parseJsonRecipe(
  json: unknown,
  registry: TransformRegistry,
  options: ReadRecipeOptions = {},
): Recipe {
  const { recipe, preset, steps, format } = readShape(RECIPE_SHAPE, json, { beside: options.beside });
  const named = format === undefined ? undefined : readFormat(format);
  if (recipe !== undefined) {
    if (steps !== undefined || preset !== undefined)
      throw new ProgImageError(
        "conflicting_parameters",
        'Cannot read recipe as it has either "recipe" or steps: it has both',
        { details: { parameter: "recipe" } },
      );
    return parseUrlRecipe(recipe, registry, { ...options, ...(named !== undefined && { format: named }) });
  }
  checkStepCount(steps?.length ?? 0, options);
  const first = preset === undefined ? [] : [readPreset(preset, options)];
  const read = (steps ?? []).map((step, index) =>
    readPart(`steps/${index}`, () => readJsonStep(step, { index, registry, options })),
  );
  return assembleRecipe([...first, ...read], named, registry, options);
}

interface StepPlace {
  readonly index: number;
  readonly registry: TransformRegistry;
  readonly options: ReadRecipeOptions;
}

function readJsonStep(json: unknown, { index, registry, options }: StepPlace): Step | Recipe {
  if (!isObject(json))
    throw refusal(`Cannot read step ${index + 1} as it must be a JSON object: it is ${quote(json)}`);
  const { transform: name, ...rest } = json;
  if (typeof name !== "string") {
    throw refusal(
      `Cannot read step ${index + 1} as its "transform" must be the name of a transform: it is ${quote(name)}`,
    );
  }
  if (name === "preset") return readPresetStep(rest, index, options);
  const { onDeprecated } = options;
  const transform = readPart("transform", () => registry.get(name));
  return readStep(transform, jsonArguments(rest), { calledAs: name, onDeprecated });
}

function readPresetStep(
  { name, ...rest }: Readonly<Record<string, unknown>>,
  index: number,
  options: ReadRecipeOptions,
): Recipe {
  const [unknown] = Object.keys(rest);
  if (unknown === undefined) return readPreset(name, options);
  throw new ProgImageError(
    "unknown_parameter",
    `Cannot read step ${index + 1} as a preset has a name only: it has ${quote(unknown)}`,
    { details: { parameter: unknown.slice(0, 64), known: ["name"] } },
  );
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function refusal(message: string): ProgImageError {
  return new ProgImageError("invalid_parameter", message);
}
