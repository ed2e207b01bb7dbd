import { ProgImageError } from "../../error.ts";
import { formatOfExtension, OUTPUT_EXTENSIONS, type OutputFormat } from "../output/formats.ts";
import { quote } from "./names.ts";
import type { Presets } from "./presets.ts";
import type { OnDeprecated } from "./read_step.ts";
import type { Recipe, Step } from "./recipe.ts";
import type { TransformRegistry } from "../contract/registry.ts";
import {
  isOutputTransform,
  isPixelTransform,
  isSourceTransform,
  type Transform,
} from "../contract/transform.ts";

/** Options for reading a recipe. */
export interface ReadRecipeOptions {
  /** The most steps that a recipe may have. @default {32} */
  readonly maxSteps?: number;
  /** The presets that `preset` can name. @default {none} */
  readonly presets?: Presets;
  /** The format that is named outside the recipe, such as by the extension of a URL; `null` is `auto`. */
  readonly format?: OutputFormat | null;
  /** Names besides those of a JSON recipe, which the caller has already read. */
  readonly beside?: readonly string[];
  readonly onDeprecated?: OnDeprecated;
}

/**
 * Combines steps and the recipes of presets into one recipe. Output steps go last, each at most once. A named format takes precedence over
 * those of presets.
 *
 * @throws {ProgImageError} `invalid_request` for more steps than allowed, `conflicting_parameters` for a repeated output step or two
 * different named formats
 */
export function assembleRecipe(
  parts: readonly (Step | Recipe)[],
  named: OutputFormat | null | undefined,
  registry: TransformRegistry,
  options: ReadRecipeOptions = {},
): Recipe {
  const steps = parts.flatMap((part) => ("steps" in part ? part.steps : [part]));
  const ofPresets = parts.flatMap((part) => ("steps" in part ? (part.format ?? []) : []));
  const wished = oneFormat(options.format, named);
  const format = wished === undefined ? (ofPresets.at(-1) ?? null) : wished;
  checkStepCount(steps.length, options);
  const are = (isKind: (transform: Transform) => boolean) =>
    steps.filter((step) => isKind(registry.get(step.transform)));
  const [sources, outputs] = [are(isSourceTransform), are(isOutputTransform)];
  const names = [...sources, ...outputs].map((step) => step.transform);
  const repeated = names.find((name, index) => names.indexOf(name) < index);
  if (repeated) {
    const message = `Cannot read recipe as "${repeated}" may be in it once: it is repeated`;
    throw new ProgImageError("conflicting_parameters", message, { details: { parameter: repeated } });
  }
  return { steps: [...sources, ...are(isPixelTransform), ...outputs], format };
}

/** Returns the format that is named inside or outside the recipe. */
function oneFormat(
  beside: OutputFormat | null | undefined,
  inside: OutputFormat | null | undefined,
): OutputFormat | null | undefined {
  if (beside === undefined || inside === undefined || beside === inside)
    return beside === undefined ? inside : beside;
  const message = `Cannot read "format" as it must be that of the recipe, ${quote(inside ?? "auto")}: it is ${quote(beside ?? "auto")}`;
  throw new ProgImageError("conflicting_parameters", message, { details: { parameter: "format" } });
}

/** Rejects a recipe at the first step beyond the limit. @throws {ProgImageError} `invalid_request` */
export function checkStepCount(count: number, { maxSteps = 32 }: ReadRecipeOptions): void {
  if (count <= maxSteps) return;
  const message = `Cannot read recipe as it may have at most ${maxSteps} steps: it has more`;
  throw new ProgImageError("invalid_request", message, { details: { limit: maxSteps } });
}

/**
 * Returns the recipe of a preset.
 *
 * @throws {ProgImageError} `preset_not_found`, `invalid_parameter`
 */
export function readPreset(name: unknown, { presets }: ReadRecipeOptions): Recipe {
  const hasParameters = typeof name === "string" && /[,:]/.test(name);
  if (typeof name === "string" && presets && !hasParameters) return presets.get(name);
  const reason = !presets
    ? "there are none here"
    : hasParameters
      ? `presets have no parameters: it is ${quote(name)}`
      : `it must be a name: it is ${quote(name)}`;
  throw new ProgImageError("invalid_parameter", `Cannot read "preset" as ${reason}`, {
    details: { parameter: "preset" },
  });
}

/**
 * Reads the name of an output format; `null` for `auto`, which lets the caller decide.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function readFormat(name: unknown): OutputFormat | null {
  if (name === "auto" || name === null) return null;
  const format = typeof name === "string" ? formatOfExtension(name) : null;
  if (format) return format;
  const known = [...OUTPUT_EXTENSIONS, "auto"];
  throw new ProgImageError(
    "invalid_parameter",
    `Cannot read "format" as it must be one of ${known.join(", ")}: it is ${quote(name)}`,
    {
      details: { parameter: "format", known },
    },
  );
}
