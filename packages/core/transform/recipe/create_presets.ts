import { ProgImageError } from "../../error.ts";
import { formatUrlRecipe } from "./format_recipe.ts";
import { quote } from "./names.ts";
import { parseJsonRecipe } from "./parse_json_recipe.ts";
import type { DeprecatedUse, OnDeprecated } from "./read_step.ts";
import type { PresetDescription, Presets } from "./presets.ts";
import type { Recipe } from "./recipe.ts";
import type { TransformRegistry } from "../contract/registry.ts";
import { suggestionFor } from "./suggestion.ts";

const NAME_REGEXP = /^([a-z][a-z0-9_-]{0,39})(?:@([1-9]\d{0,5}))?$/;

/** Options for {@linkcode createPresets}. */
export interface CreatePresetsOptions {
  /** Called with the deprecated words of each preset, each word once. */
  readonly onDeprecated?: (preset: string, uses: readonly DeprecatedUse[]) => void;
}

/**
 * Reads presets from JSON: `{ "hero": { "recipe": "thumbnail=1200x630&compress=75", "format": "webp" }, "hero@1": … }`. Each is a recipe as
 * in a request, with a `summary`, and `public` if callers without a key may use it. A name without a version is version 1.
 *
 * @throws {TypeError} that names the invalid preset
 */
export function createPresets(
  json: unknown,
  registry: TransformRegistry,
  { onDeprecated }: CreatePresetsOptions = {},
): Presets {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new TypeError(`Cannot read presets as they must be a JSON object: it is ${quote(json)}`);
  const recipes = new Map<string, Recipe>();
  const open = new Set<Recipe>();
  const latest = new Map<string, number>();
  const descriptions: PresetDescription[] = [];
  for (const [key, value] of Object.entries(json)) {
    const [, name, written = "1"] = NAME_REGEXP.exec(key) ?? [];
    if (name === undefined)
      throw new TypeError(
        `Cannot read preset ${quote(key)} as its name must be lower-case letters, digits, _ and -, perhaps with a version as in hero@2`,
      );
    const version = Number(written);
    if (recipes.has(`${name}@${version}`))
      throw new TypeError(`Cannot read preset ${quote(key)} as version ${version} is given twice`);
    const uses = new Map<string, DeprecatedUse>();
    const recipe = readPreset(key, value, registry, (use) => uses.set(use.word, use));
    if (uses.size > 0) onDeprecated?.(key, [...uses.values()]);
    recipes.set(`${name}@${version}`, recipe);
    if ((value as { readonly public?: unknown }).public === true) open.add(recipe);
    latest.set(name, Math.max(version, latest.get(name) ?? 0));
    const { summary = "" } = value as { readonly summary?: unknown };
    descriptions.push({ name, version, summary: String(summary), recipe: formatUrlRecipe(recipe, registry) });
  }
  const known = [...latest.keys()].toSorted();
  const find = (name: string) => recipes.get(name) ?? recipes.get(`${name}@${latest.get(name)}`);
  return {
    get: (name) => find(name) ?? refuse(name, known),
    isPublic: (name) => {
      const recipe = find(name);
      return recipe !== undefined && open.has(recipe);
    },
    describe: () =>
      descriptions.toSorted(
        (one, other) => one.name.localeCompare(other.name) || one.version - other.version,
      ),
  };
}

function readPreset(
  name: string,
  json: unknown,
  registry: TransformRegistry,
  onDeprecated: OnDeprecated,
): Recipe {
  try {
    if (typeof json !== "object" || json === null)
      throw new TypeError(`it must be a JSON object: it is ${quote(json)}`);
    const {
      public: isPublic = false,
      summary: _summary,
      params,
      ...recipe
    } = json as Readonly<Record<string, unknown>>;
    if (params !== undefined)
      throw new TypeError('the word "params" is reserved, presets have no parameters');
    if (typeof isPublic !== "boolean")
      throw new TypeError(`"public" must be true or false: it is ${quote(isPublic)}`);
    return parseJsonRecipe(recipe, registry, { onDeprecated });
  } catch (error) {
    throw new TypeError(`Cannot read preset ${quote(name)}: ${(error as Error).message}`, { cause: error });
  }
}

function refuse(name: string, known: readonly string[]): never {
  const suggestion = suggestionFor(name, known);
  const hint = suggestion ? `: did you mean "${suggestion}"?` : `: known are ${known.join(", ") || "none"}`;
  throw new ProgImageError("preset_not_found", `Cannot find preset ${quote(name)}${hint}`, {
    details: { parameter: "preset", known, ...(suggestion && { suggestion }) },
  });
}
