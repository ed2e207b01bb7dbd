import { parseArgs } from "node:util";
import { migrateDatabase } from "./compose_database.ts";
import { ConfigError, readConfig, unknownVariables } from "./config.ts";
import { helpText } from "./help.ts";
import { checkBucket } from "./compose_bucket.ts";
import { pluginModules } from "./plugin_modules.ts";
import { supervise } from "./supervise.ts";
import server from "./package.json";

/** The program: reads the configuration, brings the database up to date and keeps the HTTP process running. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { help: { type: "boolean", short: "h" }, version: { type: "boolean" } },
  });
  if (values.help || values.version) {
    console.log(values.help ? helpText() : server.version);
    return 0;
  }
  const config = readConfig(process.env);
  for (const name of unknownVariables(process.env))
    console.error(`Ignoring ${name}: there is no such setting, see --help`);
  pluginModules(config);
  const warning = await checkBucket(config);
  if (warning) console.error(warning);
  await migrateDatabase(config);
  return await supervise(config);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (
    !(error instanceof ConfigError) &&
    (error as { code?: string }).code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION"
  )
    throw error;
  console.error((error as Error).message);
  process.exitCode = 2;
}
