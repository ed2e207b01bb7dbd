import { join, resolve } from "node:path";
import { PLUGIN_VARIABLES, type Variables } from "@progimage/core";
import type { Setting } from "./setting.ts";
import { ACCESS_SETTINGS, accessProblems, jwtProblems } from "./access_settings.ts";
import { CACHE_SETTINGS } from "./cache_settings.ts";
import { FETCH_SETTINGS } from "./fetch_settings.ts";
import { JOB_SETTINGS } from "./job_settings.ts";
import { LIMIT_SETTINGS } from "./limit_settings.ts";
import { PROCESS_SETTINGS } from "./process_settings.ts";
import { SERVING_SETTINGS } from "./serving_settings.ts";
import { STORE_SETTINGS } from "./store_settings.ts";

/** Every setting of the server. This table is read, checked, printed by `--help` and written to docs/configuration.md. */
export const SETTINGS = {
  ...SERVING_SETTINGS,
  ...ACCESS_SETTINGS,
  ...STORE_SETTINGS,
  ...PROCESS_SETTINGS,
  ...LIMIT_SETTINGS,
  ...FETCH_SETTINGS,
  ...JOB_SETTINGS,
  ...CACHE_SETTINGS,
} satisfies Readonly<Record<string, Setting<unknown>>>;

type Settings = typeof SETTINGS;

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of a server as they were read. */
export type Config = { readonly [Name in keyof Settings]: ReturnType<Settings[Name]["read"]> } & {
  /** The variables of plugins' settings, read after the plugins have been loaded. */
  readonly pluginVariables: Variables;
};

/** A configuration that cannot be used: one sentence per variable. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const BUCKET_REGEXP = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

const LOOPBACK_REGEXP = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;

/**
 * Reads the configuration from an environment. Folders become absolute.
 *
 * @throws {ConfigError} that names every variable at fault
 */
export function readConfig(environment: Environment): Config {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { variable, fallback, isSecret, read }] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const value = environment[variable] || fallback;
    try {
      values[name] = read(value);
    } catch (error) {
      const found = isSecret ? "it is something else" : `it is ${JSON.stringify(value)}`;
      problems.push(`Cannot use ${variable} as it must be ${(error as Error).message}: ${found}`);
    }
  }
  const config = { ...values, pluginVariables: pluginVariables(environment) } as Config;
  if (!LOOPBACK_REGEXP.test(config.host) && !environment["PROGIMAGE_ACCESS"]) {
    problems.push(
      `Cannot listen on PROGIMAGE_HOST ${JSON.stringify(config.host)} without PROGIMAGE_ACCESS: any address other than loopback also requires it. With "open", everyone who can connect may use the server, with "keys", those who have a key`,
    );
  }
  if (environment["PROGIMAGE_SECRET"] && environment["PROGIMAGE_SECRET_FILE"])
    problems.push("Cannot use PROGIMAGE_SECRET beside PROGIMAGE_SECRET_FILE: give one of them");
  problems.push(...incompleteS3(config), ...accessProblems(config, environment), ...jwtProblems(config));
  if (problems.length > 0) throw new ConfigError(problems.join("\n"));
  // A page that points its name at this server has no key: it gets nothing that strangers do not get.
  const anyHost = config.access === "keys" && !environment["PROGIMAGE_ALLOWED_HOSTS"];
  return withFolders(anyHost ? { ...config, allowedHosts: ["*"] } : config);
}

function pluginVariables(environment: Environment): Variables {
  const given = Object.entries(environment).filter(
    (pair): pair is [string, string] => pair[0].startsWith(PLUGIN_VARIABLES) && pair[1] !== undefined,
  );
  return Object.fromEntries(given);
}

/** Returns the variables that look like settings but are unknown, such as misspelt ones. Those of plugins are known after loading. */
export function unknownVariables(environment: Environment): readonly string[] {
  const known = new Set(Object.values(SETTINGS).map(({ variable }) => variable));
  return Object.keys(environment).filter(
    (name) => name.startsWith("PROGIMAGE_") && !name.startsWith(PLUGIN_VARIABLES) && !known.has(name),
  );
}

/** Removes secrets from an environment: plugins can read it, and get their own settings. */
export function removeSecrets(environment: Record<string, string | undefined>): void {
  for (const { variable, isSecret } of Object.values<Setting<unknown>>(SETTINGS))
    if (isSecret) delete environment[variable];
  for (const variable of Object.keys(environment))
    if (variable.startsWith(PLUGIN_VARIABLES)) delete environment[variable];
}

/** A misspelt variable must not make images land on the local disk. */
function incompleteS3(config: Config): readonly string[] {
  const place = ["s3Endpoint", "s3Bucket"] as const;
  const needed = config.s3StandardCredentials
    ? place
    : ([...place, "s3AccessKeyId", "s3SecretAccessKey"] as const);
  const given = needed.filter((name) => config[name] !== "");
  const missing = needed.filter((name) => config[name] === "").map((name) => SETTINGS[name].variable);
  if (missing.length === 0 && !BUCKET_REGEXP.test(config.s3Bucket))
    return [
      `Cannot use PROGIMAGE_S3_BUCKET as it must be the name of a bucket: it is ${JSON.stringify(config.s3Bucket)}`,
    ];
  if (given.length === 0 || missing.length === 0) return [];
  return [
    `Cannot use S3 unless all of its settings are given: there is ${given.map((name) => SETTINGS[name].variable).join(", ")}, but not ${missing.join(", ")}`,
  ];
}

function withFolders(config: Config): Config {
  const dataDir = resolve(config.dataDir);
  return {
    ...config,
    dataDir,
    fsDir: resolve(config.fsDir || join(dataDir, "fs")),
    dbDir: resolve(config.dbDir || join(dataDir, "db")),
    tmpDir: resolve(config.tmpDir || join(dataDir, "tmp")),
    exchangeDir: config.exchangeDir && resolve(config.exchangeDir),
    pluginsDir: resolve(config.pluginsDir),
    presets: config.presets && resolve(config.presets),
    secretFile: config.secretFile && resolve(config.secretFile),
  };
}
