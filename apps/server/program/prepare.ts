import { CHANGE_STAMPS_BYTES } from "@progimage/core";
import { checkBucket } from "../compose/compose_bucket.ts";
import { checkExchange } from "../compose/compose_exchange.ts";
import { prepareInstallation } from "../compose/compose_installation.ts";
import { composeSecrets } from "../compose/compose_secrets.ts";
import { pluginModules } from "../compose/plugin_modules.ts";
import type { Config } from "../settings/config.ts";
import { hasUnknownUrl } from "../settings/public_url.ts";
import { checkHost, checkPort } from "./explain_listening.ts";
import { type Logger, openLog } from "./log.ts";
import type { PreparedStart } from "./prepare_start.ts";
import { readEnvironment } from "./read_environment.ts";
import { exitCodeOf, isForUser } from "./refusal.ts";

// The program of the process that prepares a start: reads and checks the configuration, and migrates the database. It prints the settings of
// the supervisor and ends, which frees the memory that all this takes.

/**
 * Prepares a start. Returns the exit code. Warnings go into the log. A refusal to start is thrown, so that the user sees it; if the log must
 * be JSON, it is a line of the log.
 */
async function prepare(): Promise<number> {
  const warnings: string[] = [];
  const config = readEnvironment((message) => warnings.push(message));
  const { log, close } = await openLog(config);
  for (const warning of warnings) log.warn(warning);
  const code = await check(config, log).then(
    () => 0,
    (error: unknown) => {
      if (config.logFormat !== "json" || !isForUser(error)) throw error;
      log.fatal(error.message);
      return exitCodeOf(error);
    },
  );
  await close();
  if (code === 0) console.log(JSON.stringify(preparedStart(config)));
  return code;
}

/** Checks what the server needs, and migrates the database. */
async function check(config: Config, log: Logger): Promise<void> {
  if (hasUnknownUrl(config)) log.warn(UNKNOWN_URL);
  pluginModules(config);
  await checkExchange(config);
  const outage = await checkBucket(config);
  if (outage) log.warn(outage);
  const warning = await prepareInstallation(config, { isStoreAway: outage !== null });
  if (warning) log.warn(warning);
  await composeSecrets(config);
  await checkHost(config);
  if (config.httpProcesses > 1) await checkPort(config);
}

const UNKNOWN_URL =
  "Links to images and jobs are paths without a host, also in webhooks, as callers reach this server under an unknown URL: set PROGIMAGE_PUBLIC_URL";

function preparedStart(config: Config): PreparedStart {
  const { debug, drainMs, host, httpProcesses, livenessTimeoutMs } = config;
  const { logFormat, logLevel, port, publicUrl, tmpDir } = config;
  const supervised = { debug, drainMs, host, httpProcesses, livenessTimeoutMs };
  const sharedBytes = httpProcesses > 1 ? CHANGE_STAMPS_BYTES : 0;
  return { ...supervised, logFormat, logLevel, port, publicUrl, tmpDir, sharedBytes };
}

try {
  process.exitCode = await prepare();
} catch (error) {
  if (!isForUser(error)) throw error;
  console.error(error.message);
  process.exitCode = exitCodeOf(error);
}
