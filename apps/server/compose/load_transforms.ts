import { writeSync } from "node:fs";
import {
  loadingFailure,
  loadPlugins,
  PLUGIN_VARIABLES,
  type TransformRegistry,
  withShortNames,
} from "@progimage/core";
import { type Config, ConfigError } from "../settings/config.ts";
import type { Logger } from "../program/log.ts";
import { slowCallLog } from "../program/slow_call_log.ts";

/** Options for {@linkcode loadTransforms}. */
export interface LoadTransformsOptions {
  /** Modules whose default export is a plugin. */
  readonly plugins: readonly string[];
  /** Loads the plugins first, because a render process can be stopped if one hangs. */
  readonly renderer: { readonly whenStarted: () => Promise<void> };
  readonly log: Pick<Logger, "warn">;
}

const REMEDY = "Repair the plugin, or take it out of PROGIMAGE_PLUGINS";

/** The exit code when a setting prevents the start. */
const EXIT_CODE = 2;

/**
 * Loads the plugins into this process, after a render process has loaded them. Built-in plugins alone need no such trial.
 *
 * @throws {ConfigError} that names the plugin at fault
 */
export async function loadTransforms(
  config: Pick<Config, "plugins" | "pluginVariables" | "shortNames">,
  { plugins, renderer, log }: LoadTransformsOptions,
): Promise<TransformRegistry> {
  let loading = "";
  const onExit = () => {
    writeSync(2, `${loadingFailure(loading, "its import ended the process")}. ${REMEDY}\n`);
    process.exitCode = EXIT_CODE;
  };
  try {
    if (config.plugins.length > 0) await renderer.whenStarted();
    process.on("exit", onExit);
    const onLoading = (module: string) => (loading = module);
    const options = { variables: config.pluginVariables, onSlowCall: slowCallLog(log), onLoading };
    const registry = await loadPlugins(plugins, options);
    for (const variable of registry.unusedVariables)
      log.warn(`Ignoring ${variable}: no plugin has such a setting`);
    return shorten(registry, config.shortNames);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { message } = error as Error;
    // Another plugin would not fix a setting.
    const remedy = message.startsWith(`Cannot use ${PLUGIN_VARIABLES}`) ? "" : `. ${REMEDY}`;
    throw new ConfigError(`${message}${remedy}`, { cause: error });
  } finally {
    process.off("exit", onExit);
  }
}

function shorten(registry: TransformRegistry, shortNames: Config["shortNames"]): TransformRegistry {
  try {
    return withShortNames(registry, shortNames);
  } catch (error) {
    throw new ConfigError(`Cannot use PROGIMAGE_SHORT_NAMES as ${(error as Error).message}`, {
      cause: error,
    });
  }
}
