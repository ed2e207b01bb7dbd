import { ProgImageError } from "../../error.ts";
import {
  assembleRecipe,
  checkStepCount,
  readFormat,
  readPreset,
  type ReadRecipeOptions,
} from "./assemble_recipe.ts";
import { writtenHere } from "./foreign_words.ts";
import { isReserved, quote } from "./names.ts";
import { parseUrlArguments } from "./parse_url_arguments.ts";
import { readStep } from "./read_step.ts";
import type { Recipe, Step } from "./recipe.ts";
import type { TransformRegistry } from "../contract/registry.ts";
import type { OutputFormat } from "../output/formats.ts";
import type { Transform } from "../contract/transform.ts";

/** Options for {@linkcode parseUrlRecipe}. */
export interface ParseUrlRecipeOptions extends ReadRecipeOptions {
  /** Reserved names that the caller reads itself, such as `source`. All others but `format`, `preset` and `v` are rejected. */
  readonly ignore?: readonly string[];
}

/**
 * Reads the query of a URL as a recipe, in written order. Takes time in proportion to its length.
 *
 * @param query The raw text after the `?`: queries that a framework has parsed have lost their order.
 * @throws {ProgImageError} `invalid_request`, `invalid_parameter`, `unknown_parameter`, `conflicting_parameters`, `unknown_transform`
 */
export function parseUrlRecipe(
  query: string,
  registry: TransformRegistry,
  options: ParseUrlRecipeOptions = {},
): Recipe {
  const { ignore = [], onDeprecated } = options;
  const parts: (Step | Recipe)[] = [];
  let format: OutputFormat | null | undefined;
  const pairs = readQuery(query);
  for (const [name, value] of pairs) {
    if (name === "v" || ignore.includes(name)) continue;
    if (name === "format") {
      if (format !== undefined)
        throw new ProgImageError("conflicting_parameters", 'Cannot read recipe as it names "format" twice', {
          details: { parameter: name },
        });
      format = readFormat(value);
    } else if (name === "preset") {
      parts.push(readPreset(value, options));
    } else {
      checkStepCount(parts.length + 1, options);
      const transform = registry.find(name) ?? refuseName(name, pairs, registry);
      parts.push(readStep(transform, parseUrlArguments(value, transform), { calledAs: name, onDeprecated }));
    }
  }
  return assembleRecipe(parts, format, registry, options);
}

function refuseName(
  name: string,
  pairs: ReturnType<typeof readQuery>,
  registry: TransformRegistry,
): Transform {
  const suggestion = writtenHere(name, pairs);
  if (suggestion !== undefined) {
    const message = `Cannot find transform ${quote(name)}: a query is a list of steps, such as "${suggestion}"`;
    throw new ProgImageError("unknown_transform", message, { details: { suggestion } });
  }
  if (isReserved(name)) {
    const message = `Cannot read query as ${quote(name)} has no meaning here`;
    throw new ProgImageError("unknown_parameter", message, { details: { parameter: name.slice(0, 40) } });
  }
  return registry.get(name);
}

/**
 * Splits a raw query into names and values, each decoded once, in order.
 *
 * @throws {ProgImageError} `invalid_request` for a malformed `%`
 */
export function readQuery(query: string): readonly (readonly [name: string, value: string])[] {
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      const name = equals < 0 ? pair : pair.slice(0, equals);
      return [decode(name), equals < 0 ? "" : decode(pair.slice(equals + 1))] as const;
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    const hint = /\d%(?![0-9a-f]{2})/i.test(text) ? ", and per cent is written 50pct or 50%25" : "";
    throw new ProgImageError(
      "invalid_request",
      `Cannot read query as it must be percent-encoded UTF-8${hint}: it has ${quote(text)}`,
    );
  }
}
