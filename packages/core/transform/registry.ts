import { ProgImageError } from "../error.ts";
import { checkPlugin } from "./check_plugin.ts";
import { guardTransform, type GuardTransformOptions } from "./guard_transform.ts";
import { qualifiedName, quote } from "./names.ts";
import type { BoxShorthand } from "./param.ts";
import { type JsonSchema, paramsSchema } from "./param_schema.ts";
import type { Plugin } from "./plugin.ts";
import { suggestionFor } from "./suggestion.ts";
import { isOutputTransform, type Transform } from "./transform.ts";

/** What the catalogue says of a transform. Plain JSON. */
export interface TransformDescription {
  /** Behind the namespace of its plugin and a point, if that has one. */
  readonly name: string;
  /** Names that the operator has given it besides. */
  readonly shortNames: readonly string[];
  readonly plugin: string;
  readonly version: number;
  readonly summary: string;
  /** A parameter's name, a box of two parameters, or `null`. */
  readonly shorthand: string | BoxShorthand | null;
  /** Steps as in a URL that show what it does. */
  readonly examples: readonly string[];
  /** Whether it sets the encoding of the result, wherever it is written in a recipe. */
  readonly isOutput: boolean;
  /** JSON Schema of its parameters. */
  readonly params: JsonSchema;
}

/** All transforms that there are, by their names. */
export interface TransformRegistry {
  /**
   * Finds a transform by its name.
   *
   * @throws {ProgImageError} `unknown_transform`, with what was probably meant
   */
  get(name: string): Transform;
  /** Gives all transforms in the order of their names. */
  list(): readonly Transform[];
  /** Describes all transforms in the order of their names. */
  describe(): readonly TransformDescription[];
}

/**
 * Collects the transforms of plugins, and holds each to the contract.
 *
 * @throws {TypeError} that names the plugin whose shape, contract version or names are wrong
 */
export function createRegistry(
  plugins: readonly unknown[],
  options: GuardTransformOptions = {},
): TransformRegistry {
  const owners = new Map<string, string>();
  const namespaces = new Map<string, string>();
  const transforms = new Map<string, Transform>();
  for (const candidate of plugins) {
    const plugin: Plugin = checkPlugin(candidate);
    claimNamespace(namespaces, plugin);
    for (const transform of plugin.transforms) {
      const name = qualifiedName(transform.name, plugin.namespace);
      const owner = owners.get(name);
      if (owner !== undefined) {
        throw new TypeError(
          `Cannot load plugin ${quote(plugin.name)} as its transform "${name}" is there already: ${quote(owner)} has it`,
        );
      }
      owners.set(name, plugin.name);
      transforms.set(name, guardTransform(transform, { ...options, name }));
    }
  }
  const names = [...transforms.keys()].sort();
  const list = names.flatMap((name) => transforms.get(name) ?? []);
  return {
    get: (name) => transforms.get(name) ?? refuse(name, names),
    list: () => list,
    describe: () => list.map((transform) => describe(transform, owners.get(transform.name) ?? "")),
  };
}

/** Two plugins must not share names by chance. */
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
  const { name, version, summary, shorthand = null, examples = [], params } = transform;
  return {
    name,
    shortNames: [],
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
  // Names of plugins are easily written without their namespace.
  const suggestion = known.find((each) => each.endsWith(`.${name}`)) ?? suggestionFor(name, known);
  const hint = suggestion ? `: did you mean "${suggestion}"?` : `: known are ${known.join(", ") || "none"}`;
  throw new ProgImageError("unknown_transform", `Cannot find transform ${quote(name)}${hint}`, {
    details: { known, ...(suggestion && { suggestion }) },
  });
}
