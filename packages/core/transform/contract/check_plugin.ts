import { aliasesFault, takenAlias } from "./check_aliases.ts";
import { contractFault } from "./check_contract.ts";
import { keysFault } from "./check_keys.ts";
import { isName, isNamespace, isReservedNamespace, isReservedTransform, quote } from "../recipe/names.ts";
import { paramFault, settingFault } from "./check_param.ts";
import { SYNCHRONOUS_PARTS } from "./guard_transform.ts";
import type { BoxShorthand } from "./param.ts";
import type { Plugin } from "./plugin.ts";
import { isStageName } from "../planning/stages.ts";
import type { Transform } from "./transform.ts";

const PLUGIN_KEYS = ["contract", "name", "namespace", "requires", "settings", "transforms"];
const BOX_KEYS = ["kind", "width", "height"];
const COMMON_KEYS = [
  ...["name", "aliases", "deprecated", "version", "summary", "params", "examples", "shorthand"],
  ...["complete", "check", "stage"],
];
const OUTPUT_KEYS = [...COMMON_KEYS, "encode"];
const SOURCE_KEYS = [...COMMON_KEYS, "open"];
const PIXEL_KEYS = [...COMMON_KEYS, "frames", "size", "scaledSize", "apply"];

/**
 * Returns the candidate if it is a plugin of a supported contract.
 *
 * @throws {TypeError} that names the plugin and the error in it
 */
export function checkPlugin(candidate: unknown): Plugin {
  const plugin = candidate as Partial<Plugin> | null | undefined;
  const name = typeof plugin?.name === "string" ? plugin.name : "without a name";
  const fault = pluginFault(plugin);
  if (fault !== null) throw new TypeError(`Cannot load plugin ${quote(name)} as ${fault}`);
  return plugin as Plugin;
}

function pluginFault(plugin: Partial<Plugin> | null | undefined): string | null {
  if (typeof plugin !== "object" || plugin === null) return "it is no result of definePlugin";
  const fault = contractFault(plugin);
  if (fault !== null) return fault;
  const unknown = keysFault(plugin, PLUGIN_KEYS) ?? keysFault(plugin.requires ?? {}, ["server"]);
  if (unknown !== null) return `it ${unknown}`;
  if (typeof plugin.name !== "string" || plugin.name === "") return "it must have a name";
  const namespace = namespaceFault(plugin.name, plugin.namespace);
  if (namespace !== null) return namespace;
  const setting = settingsFault(plugin);
  if (setting !== null) return setting;
  if (!Array.isArray(plugin.transforms)) return "its transforms must be a list";
  for (const transform of plugin.transforms as readonly Transform[]) {
    const fault = transformFault(transform);
    if (fault !== null) return `its transform ${quote(transform?.name)} is wrong: ${fault}`;
  }
  return null;
}

/** Packages in this scope belong to the server. Only their transforms have names without a namespace. */
const OWN_SCOPE = "@progimage/";

function namespaceFault(name: string, namespace: unknown): string | null {
  if (namespace === undefined)
    return name.startsWith(OWN_SCOPE)
      ? null
      : 'it must have a namespace for the names of its transforms, such as "print" for print.halftone';
  if (!isNamespace(namespace))
    return `its namespace must be small letters and digits, and begin with a letter: it is ${quote(namespace)}`;
  return isReservedNamespace(namespace) ? `its namespace ${quote(namespace)} is reserved` : null;
}

function settingsFault({ namespace, settings }: Partial<Plugin>): string | null {
  if (settings === undefined) return null;
  if (typeof settings !== "object" || settings === null) return "its settings must be an object";
  if (namespace === undefined) return "it must have a namespace, as it has settings";
  for (const [key, setting] of Object.entries(settings)) {
    const fault = settingFault(key, setting);
    if (fault !== null) return `its setting ${quote(key)} ${fault}`;
  }
  return null;
}

function transformFault(transform: Transform | null | undefined): string | null {
  if (typeof transform !== "object" || transform === null) return "it must be an object";
  const { name, version, summary, params, stage, examples = [] } = transform;
  const unknown = keysFault(transform, keysOf(transform));
  if (unknown !== null) return `it ${unknown}`;
  if (!isName(name)) return "its name must be letters and digits, and begin with a small letter";
  if (isReservedTransform(name)) return "its name is reserved";
  const renamed = aliasesFault(transform, isReservedTransform);
  if (renamed !== null) return `it ${renamed}`;
  if (!Number.isSafeInteger(version) || version < 1) return "its version must be a whole number from 1";
  if (typeof summary !== "string" || summary === "") return "it must have a summary";
  if (typeof params !== "object" || params === null) return "its params must be an object";
  for (const [key, param] of Object.entries(params)) {
    const fault = paramFault(key, param, name);
    if (fault !== null) return `its parameter ${quote(key)} ${fault}`;
  }
  const taken = takenAlias(params);
  if (taken !== undefined) return `its parameters have the name ${quote(taken)} twice: as an alias too`;
  if (!isListOfTexts(examples)) return "its examples must be a list of texts";
  const verb = verbOf(transform);
  if (typeof (transform as unknown as Readonly<Record<string, unknown>>)[verb] !== "function")
    return `it must have a function ${verb}`;
  const fault = partFault(transform);
  if (fault !== null) return fault;
  const stages: readonly unknown[] = Array.isArray(stage) ? stage : [stage];
  const strange = stages.find(
    (each) =>
      typeof each !== "function" &&
      each !== undefined &&
      each !== "output" &&
      each !== "source" &&
      !isStageName(each),
  );
  if (strange !== undefined) return `its stage ${quote(strange)} is not known`;
  return shorthandFault(transform);
}

function keysOf({ stage }: Transform): readonly string[] {
  if (stage === "output") return OUTPUT_KEYS;
  return stage === "source" ? SOURCE_KEYS : PIXEL_KEYS;
}

/** Returns the name of the function that does the work of a transform. */
function verbOf({ stage }: Transform): "apply" | "encode" | "open" {
  if (stage === "output") return "encode";
  return stage === "source" ? "open" : "apply";
}

/** Returns the error for a part that is not a function where one is required, or that is asynchronous; `null` if there is none. */
function partFault(transform: Transform): string | null {
  const parts = transform as unknown as Readonly<Record<string, unknown>>;
  for (const part of SYNCHRONOUS_PARTS) {
    const value = parts[part];
    if (typeof value === "function") {
      if (!isSynchronous(value)) return `its ${part} must be a plain function: it is async or a generator`;
    } else if (part === "frames") {
      if (value !== undefined && value !== "all" && value !== "each")
        return `its frames must be "all" or a function: it is ${quote(value)}`;
    } else if (part !== "stage" && value !== undefined)
      return `its ${part} must be a function: it is ${quote(value)}`;
  }
  return null;
}

function isSynchronous(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object Function]";
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function shorthandFault({ shorthand, params }: Transform): string | null {
  if (shorthand === undefined) return null;
  const unknown = typeof shorthand === "object" ? keysFault(shorthand, BOX_KEYS) : null;
  if (unknown !== null) return `its shorthand ${unknown}`;
  const { width, height } =
    typeof shorthand === "string" ? { width: shorthand, height: shorthand } : (shorthand as BoxShorthand);
  const missing = [width, height].find((name) => !Object.hasOwn(params, name));
  return missing === undefined ? null : `its shorthand names a parameter that it has not: ${quote(missing)}`;
}
