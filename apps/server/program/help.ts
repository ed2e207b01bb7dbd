import { COMMANDS } from "./commands.ts";
import { SETTINGS } from "../settings/config.ts";
import type { Setting } from "../settings/setting.ts";

const settings: readonly Setting<unknown>[] = Object.values(SETTINGS);

/** Returns the output of `--help`. */
export function helpText(): string {
  const lines = settings.map(
    ({ variable, fallback, help }) => `  ${variable}\n      ${help}. Default: ${shown(variable, fallback)}`,
  );
  return [
    "ProgImage: stores images, gives them back, converts them by extension.",
    "",
    "Usage: bun start [--help | --version | COMMAND [--help]]",
    "",
    "Commands, instead of serving:",
    "",
    ...COMMANDS.map(({ name, summary }) => `  ${name}\n      ${summary}`),
    "",
    "Settings, from the environment:",
    "",
    ...lines,
  ].join("\n");
}

/** Returns the page docs/configuration.md. */
export function configurationPage(): string {
  const rows = settings.map(
    ({ variable, fallback, help }) => `| \`${variable}\` | ${shown(variable, fallback)} | ${help} |`,
  );
  return [
    "# Configuration",
    "",
    "Everything is set by environment variables. This page is generated from the table in `apps/server/settings/config.ts`, which also",
    "prints `bun start --help` and checks every value at the start.",
    "",
    "| variable | default | what it is |",
    "| --- | --- | --- |",
    ...rows,
    "",
    "Settings of plugins are read from `PROGIMAGE_PLUGIN_{NAMESPACE}_{NAME}`: `PROGIMAGE_PLUGIN_PRINT_INK_COLOR` is `inkColor` of the plugin whose",
    "namespace is `print`. The plugin says which there are, and each is checked at the start.",
    "",
  ].join("\n");
}

function shown(variable: string, fallback: string): string {
  if (variable === SETTINGS.renderProcesses.variable) return "cores + 1";
  if (variable === SETTINGS.renderMemoryTotalBytes.variable) return "half of the memory";
  if (variable === SETTINGS.jobItemsAtATime.variable) return "cores + 5";
  return fallback === "" ? "nothing" : fallback;
}
