import { type Config, readConfig, unknownVariables } from "../settings/config.ts";

/**
 * Reads the configuration from the environment of this process. Warns of unknown variables.
 *
 * @throws {ConfigError} that names every variable at fault
 */
export function readEnvironment(warn: (message: string) => void): Config {
  const config = readConfig(process.env);
  for (const name of unknownVariables(process.env))
    warn(`Ignoring ${name}: there is no such setting, see --help`);
  return config;
}
