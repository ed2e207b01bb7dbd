import { parseArgs } from "node:util";
import { resolve } from "node:path";
import type { Command } from "./command.ts";
import { type Config, ConfigError } from "../settings/config.ts";
import { makeBackup, restoreBackup } from "./backup_folder.ts";

const HELP = `Usage: npm start -- backup FOLDER [--copy]
       npm start -- backup restore FOLDER [--replace | --images-only] [--copy]

backup writes the database and all images to a folder, laid out as a data folder is. A server may work meanwhile: every image that it
has acknowledged before is there. Run again, it takes over what has changed. Images are compared with their SHA-256. On the same volume
they become hard links, which take no room but do not survive the loss of the disk.

backup restore puts images back that the store lacks, and the database. Stop the server first. Then run fsck: it brings back images
that are newer than the backup, and until then the server removes nothing.

  --copy     copies images also where they could be hard links
  --replace  replaces a database that is there; it is kept beside the new one
  --images-only  leaves the database as it is, and also replaces images that are damaged; a server may work meanwhile
  --help

The database is SQLite's. With PROGIMAGE_DATABASE_URL, see "Backups" in docs/operating.md.
Exit codes: 0 done, 1 it could not be done, 2 a setting is wrong, 3 some images are damaged or missing`;

/** The exit code when images are missing. */
const EXIT_INCOMPLETE = 3;

/** `backup` and `backup restore`: the database and all images, in a folder. */
export const backupCommand: Command = {
  name: "backup",
  summary:
    "writes the database and all images to a folder while a server works; backup restore puts them back",
  async run(args, config) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h", default: false },
        copy: { type: "boolean", default: false },
        "images-only": { type: "boolean", default: false },
        replace: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    checkDatabase(config);
    const isRestore = positionals[0] === "restore";
    const folder = folderOf(isRestore ? positionals.slice(1) : positionals);
    const { copy: copiesFiles, replace: replaces, "images-only": imagesOnly } = values;
    const { failed, text } = isRestore
      ? await restoreBackup(config, folder, { copiesFiles, imagesOnly, replaces })
      : await makeBackup(config, folder, { copiesFiles });
    console.log(text);
    return failed > 0 ? EXIT_INCOMPLETE : 0;
  },
};

function checkDatabase({ databaseUrl }: Config): void {
  if (databaseUrl === "") return;
  throw new ConfigError(
    'Cannot back up the database as PROGIMAGE_DATABASE_URL is set: back up Postgres by its own means, first the database, then the images. See "Backups" in docs/operating.md',
  );
}

function folderOf([folder, ...others]: readonly string[]): string {
  if (folder !== undefined && others.length === 0) return resolve(folder);
  throw new ConfigError("Cannot back up as there must be one folder behind the command: see backup --help");
}
