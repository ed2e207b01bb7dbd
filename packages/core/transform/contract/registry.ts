import { ProgImageError } from "../../error.ts";
import type { JsonOf } from "../../shape/shape.ts";
import { checkPlugin } from "./check_plugin.ts";
import { guardTransform, type GuardTransformOptions } from "./guard_transform.ts";
import { quote } from "../recipe/names.ts";
import { paramsSchema } from "./param_schema.ts";
import type { Plugin } from "./plugin.ts";
import {
  type PluginSettings,
  readPluginSettings,
  settingVariable,
  type Variables,
} from "./plugin_settings.ts";
import type { TRANSFORM_DESCRIPTION_SHAPE } from "../recipe/recipe_shape.ts";
import { suggestionFor } from "../recipe/suggestion.ts";
import { isOutputTransform, type Transform } from "./transform.ts";

/** A transform as the catalogue describes it. */
export type TransformDescription = JsonOf<typeof TRANSFORM_DESCRIPTION_SHAPE>;

/** All loaded transforms by their names. */
export interface TransformRegistry {
  /**
   * Returns a transform by its name, or by an earlier name.
   *
   * @throws {ProgImageError} `unknown_transform`, with a suggestion
   */
  get(name: string): Transform;
  /** Returns a transform by its name, or `undefined`. */
  find(name: string): Transform | undefined;
  /** Returns all transforms, sorted by name. */
  list(): readonly Transform[];
  /** Returns descriptions of all transforms, sorted by name. */
  describe(): readonly TransformDescription[];
  /**
   * Returns the version of a transform, followed by a digest of its plugin's settings if there are any. Together with image and arguments
   * it determines the results.
   *
   * @throws {ProgImageError} `unknown_transform`
   */
  versionOf(name: string): number | string;
  /** Names of variables that no plugin reads as a setting. */
  readonly unusedVariables: readonly string[];
}

/** Options for {@linkcode createRegistry}. */
export interface CreateRegistryOptions extends Pick<GuardTransformOptions, "onSlowCall"> {
  /** Environment variables from which the settings of plugins are read. @default {none} */
  readonly variables?: Variables;
}

/**
 * Collects the transforms of plugins, and guards each so that it follows the contract.
 *
 * @throws {TypeError} that names the plugin whose shape, contract version or names are wrong
 * @throws {PluginSettingsError} that names the invalid variables
 */
export function createRegistry(
  plugins: readonly unknown[],
  { variables = {}, onSlowCall }: CreateRegistryOptions = {},
): TransformRegistry {
  const owners = new Map<string, string>();
  const namespaces = new Map<string, string>();
  const found = new Map<string, Transform>();
  const transforms: Transform[] = [];
  const versions = new Map<string, number | string>();
  const known = new Set<string>();
  for (const candidate of plugins) {
    const plugin: Plugin = checkPlugin(candidate);
    claimNamespace(namespaces, plugin);
    const { namespace } = plugin;
    const settings = plugin.settings && readPluginSettings(plugin, variables);
    Object.keys(plugin.settings ?? {}).forEach((name) => known.add(settingVariable(plugin, name)));
    for (const declared of plugin.transforms) {
      const transform = guardTransform(declared, { onSlowCall, namespace, settings });
      for (const name of [transform.name, ...(transform.aliases ?? [])]) {
        const owner = owners.get(name);
        if (owner !== undefined) {
          throw new TypeError(
            `Cannot load plugin ${quote(plugin.name)} as its transform "${name}" is there already: ${quote(owner)} has it`,
          );
        }
        owners.set(name, plugin.name);
        found.set(name, transform);
      }
      transforms.push(transform);
      versions.set(
        transform.name,
        settings ? `${transform.version} ${digestOf(settings)}` : transform.version,
      );
    }
  }
  const list = transforms.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const names = list.map(({ name }) => name);
  return {
    get: (name) => found.get(name) ?? refuse(name, names),
    find: (name) => found.get(name),
    list: () => list,
    versionOf: (name) => versions.get(name) ?? refuse(name, names),
    unusedVariables: Object.keys(variables).filter((variable) => !known.has(variable)),
    describe: () => list.map((transform) => describe(transform, owners.get(transform.name) ?? "")),
  };
}

function digestOf(settings: PluginSettings): string {
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(settings)).digest("hex");
}

/** Prevents two plugins from sharing names by chance. */
function claimNamespace(namespaces: Map<string, string>, { name, namespace }: Plugin): void {
  if (namespace === undefined) return;
  const owner = namespaces.get(namespace);
  if (owner !== undefined)
    throw new TypeError(
      `Cannot load plugin ${quote(name)} as its namespace "${namespace}" is taken already: ${quote(owner)} has it`,
    );
  namespaces.set(namespace, name);
}

function describe(transform: Transform, plugin: string): TransformDescription {
  const { name, aliases = [], deprecated = null, version, summary } = transform;
  const { shorthand = null, examples = [], params } = transform;
  return {
    name,
    shortNames: [],
    aliases,
    deprecated,
    plugin,
    version,
    summary,
    shorthand,
    examples,
    isOutput: isOutputTransform(transform),
    params: paramsSchema(params),
  };
}

function refuse(name: string, known: readonly string[]): never {
  // Callers often omit the namespace of a plugin's transform.
  const suggestion = known.find((each) => each.endsWith(`.${name}`)) ?? suggestionFor(name, known);
  const hint = suggestion ? `: did you mean "${suggestion}"?` : `: known are ${known.join(", ") || "none"}`;
  throw new ProgImageError("unknown_transform", `Cannot find transform ${quote(name)}${hint}`, {
    details: { known, ...(suggestion && { suggestion }) },
  });
}
