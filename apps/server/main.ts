import { parseArgs } from "node:util";
import { isProgImageError } from "@progimage/core";
import { findCommand } from "./program/commands.ts";
import { checkBucket } from "./compose/compose_bucket.ts";
import { checkExchange } from "./compose/compose_exchange.ts";
import { prepareInstallation } from "./compose/compose_installation.ts";
import { type Config, ConfigError, readConfig, unknownVariables } from "./settings/config.ts";
import { helpText } from "./program/help.ts";
import { type Logger, openLog } from "./program/log.ts";
import { pluginModules } from "./compose/plugin_modules.ts";
import { hasUnknownUrl } from "./settings/public_url.ts";
import { supervise } from "./program/supervise.ts";
import server from "./package.json";

/** The program. Runs a command, or reads the configuration, migrates the database and keeps the HTTP processes running. */
async function main(args: readonly string[]): Promise<number> {
  const command = findCommand(args);
  if (command)
    return await command.run(
      args.slice(1),
      configuration((message) => console.error(message)),
    );
  const { values } = parseArgs({
    args: [...args],
    options: { help: { type: "boolean", short: "h" }, version: { type: "boolean" } },
  });
  if (values.help || values.version) {
    console.log(values.help ? helpText() : server.version);
    return 0;
  }
  return await serve();
}

/**
 * Serves until a signal stops it. Warnings go into the log. A refusal to start is thrown, so that the user sees it; if the log must be JSON,
 * it is a line of the log.
 */
async function serve(): Promise<number> {
  const warnings: string[] = [];
  const config = configuration((message) => warnings.push(message));
  const { log, close } = await openLog(config);
  for (const warning of warnings) log.warn(warning);
  const code = await start(config, log).catch((error: unknown) => {
    if (config.logFormat !== "json" || !isForUser(error)) throw error;
    log.fatal(error.message);
    return exitCodeOf(error);
  });
  await close();
  // A log line that can never be written would keep the process alive.
  process.exit(code);
}

/** Checks what the server needs, and keeps it running. Returns its exit code. */
async function start(config: Config, log: Logger): Promise<number> {
  if (hasUnknownUrl(config)) log.warn(UNKNOWN_URL);
  pluginModules(config);
  await checkExchange(config);
  const outage = await checkBucket(config);
  if (outage) log.warn(outage);
  const warning = await prepareInstallation(config, { isStoreAway: outage !== null });
  if (warning) log.warn(warning);
  return await supervise(config, log);
}

const UNKNOWN_URL =
  "Links to images and jobs are paths without a host, also in webhooks, as callers reach this server under an unknown URL: set PROGIMAGE_PUBLIC_URL";

function configuration(warn: (message: string) => void): Config {
  const config = readConfig(process.env);
  for (const name of unknownVariables(process.env))
    warn(`Ignoring ${name}: there is no such setting, see --help`);
  return config;
}

/** Whether the user can fix an error: its message then needs no stack trace. */
function isForUser(error: unknown): error is Error {
  const { code = "" } = error as { readonly code?: string };
  return error instanceof ConfigError || isProgImageError(error) || code.startsWith("ERR_PARSE_ARGS_");
}

function exitCodeOf(error: Error): number {
  return isProgImageError(error) ? 1 : 2;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!isForUser(error)) throw error;
  console.error(error.message);
  process.exitCode = exitCodeOf(error);
}
