import { parseArgs } from "node:util";
import type { CopyProgress, CopyResult } from "@progimage/core/adapters";
import type { Command } from "./command.ts";
import { copyDatabase } from "../compose/compose_database.ts";
import { type Config, ConfigError } from "../settings/config.ts";
import { showProgress } from "./show_progress.ts";

const HELP = `Usage: bun start migrate-database [--replace]

Copies what is known of images and jobs from the SQLite database in PROGIMAGE_DB_DIR to the Postgres database of
PROGIMAGE_DATABASE_URL, compares all rows, and says what to do next. Servers that begin to use it finish the jobs. A server may go on working with SQLite meanwhile: run it again when that has stopped,
and it takes over what has changed. Interrupted, it continues. Nothing is taken away from SQLite, and no image is moved.

  --replace  removes what the Postgres database holds, if that is something else
  --help`;

/** `migrate-database`: from SQLite to Postgres. */
export const migrateDatabaseCommand: Command = {
  name: "migrate-database",
  summary:
    "copies what is known of images and jobs from SQLite to the Postgres database of PROGIMAGE_DATABASE_URL",
  async run(args, config) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", short: "h", default: false },
        replace: { type: "boolean", default: false },
      },
    });
    if (values.help) console.log(HELP);
    else console.log(summaryOf(await migrate(config, values.replace)));
    return 0;
  },
};

async function migrate(config: Config, replace: boolean): Promise<CopyResult> {
  if (config.databaseUrl === "") {
    throw new ConfigError(
      "Cannot copy the database as PROGIMAGE_DATABASE_URL must name the Postgres database to copy to: it is not set",
    );
  }
  const progress = showProgress();
  const show = ({ step, table, done, total }: CopyProgress) =>
    progress.show({ done, total, text: `${step} ${table}` });
  try {
    return await copyDatabase(config, { replace, onProgress: show });
  } finally {
    progress.stop();
  }
}

function summaryOf({ tables, isUpToDate }: CopyResult): string {
  const lines = tables.map(
    ({ name, rows, sha256 }) => `  ${name.padEnd(12)}${String(rows).padStart(12)} rows, sha256 ${sha256}`,
  );
  const next = isUpToDate
    ? "Nothing has changed in SQLite meanwhile. If no server uses it any more, start all of them with PROGIMAGE_DATABASE_URL set."
    : "SQLite has changed meanwhile: stop the servers that use it, then run this again. It is quick, as it only takes over what is new.";
  return ["Both databases have the same rows:", "", ...lines, "", next].join("\n");
}
