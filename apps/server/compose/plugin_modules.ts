import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Config, ConfigError } from "../settings/config.ts";

/** The built-in plugins. */
export const BUILT_IN = [
  import.meta.resolve("@progimage/plugin-geometry"),
  import.meta.resolve("@progimage/plugin-thumbnail"),
  import.meta.resolve("@progimage/plugin-filters"),
  import.meta.resolve("@progimage/plugin-mask"),
  import.meta.resolve("@progimage/plugin-source"),
  import.meta.resolve("@progimage/plugin-overlay"),
  import.meta.resolve("@progimage/plugin-compress"),
];

/**
 * Returns the modules of the plugins to load, as URLs: the built-in ones, then the operator's.
 *
 * @throws {ConfigError} that names a plugin which cannot be found
 */
export function pluginModules(config: Pick<Config, "plugins" | "pluginsDir">): readonly string[] {
  return [...BUILT_IN, ...config.plugins.map((name) => resolvePlugin(name, config.pluginsDir))];
}

function resolvePlugin(name: string, folder: string): string {
  try {
    const isPath = name.startsWith(".") || isAbsolute(name);
    return pathToFileURL(Bun.resolveSync(isPath ? resolve(folder, name) : name, folder)).href;
  } catch {
    throw new ConfigError(
      `Cannot find plugin ${JSON.stringify(name)} of PROGIMAGE_PLUGINS from ${folder}, the PROGIMAGE_PLUGINS_DIR: is it installed there?`,
    );
  }
}
