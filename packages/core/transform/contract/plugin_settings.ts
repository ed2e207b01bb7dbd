import type { ParamValue } from "../recipe/recipe.ts";
import { quote } from "../recipe/names.ts";
import type { Param } from "./param.ts";
import type { Plugin } from "./plugin.ts";
import { describeParam, readParamText } from "../recipe/read_param.ts";

/** The prefix of the variables of all plugin settings. */
export const PLUGIN_VARIABLES = "PROGIMAGE_PLUGIN_";

/** Environment variables by their names. */
export type Variables = Readonly<Record<string, string>>;

/** The settings of a plugin by their names, after they are read. */
export type PluginSettings = Readonly<Record<string, ParamValue | undefined>>;

/** Invalid settings of a plugin: one sentence for each variable. */
export class PluginSettingsError extends TypeError {}

/** Returns the variable from which a setting is read: `inkColor` of `print` is `PROGIMAGE_PLUGIN_PRINT_INK_COLOR`. */
export function settingVariable({ namespace = "" }: Plugin, name: string): string {
  const words = name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`);
  return `${PLUGIN_VARIABLES}${namespace}_${words}`.toUpperCase();
}

/**
 * Reads the settings that a plugin declares.
 *
 * @throws {PluginSettingsError} that names each invalid variable
 */
export function readPluginSettings(plugin: Plugin, variables: Variables): PluginSettings {
  const faults: string[] = [];
  const settings = Object.entries(plugin.settings ?? {}).map(([name, param]) => {
    const variable = settingVariable(plugin, name);
    const text = variables[variable] ?? "";
    const value = text === "" ? param.default : readSetting(param, text, name);
    if (value === undefined && (text !== "" || !param.optional))
      faults.push(
        `Cannot use ${variable} of plugin ${quote(plugin.name)} as it must be ${describeParam(param)}: ${foundIn(param, text)}`,
      );
    return [name, value] as const;
  });
  if (faults.length > 0) throw new PluginSettingsError(faults.join("\n"));
  return Object.freeze(Object.fromEntries(settings));
}

/** Returns `undefined` for a text that the setting does not accept. */
function readSetting(param: Param, text: string, name: string): ParamValue | undefined {
  try {
    return readParamText(param, text, { name, transform: "" });
  } catch {
    return undefined;
  }
}

function foundIn(param: Param, text: string): string {
  if (text === "") return "it is not set";
  return param.kind === "text" && param.secret ? "it is something else" : `it is ${quote(text)}`;
}
