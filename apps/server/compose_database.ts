import { join } from "node:path";
import type { BlobLedger, ImageCatalog, JobQueue, JobRecords } from "@progimage/core";
import {
  SqliteBlobLedger,
  SqliteDatabase,
  SqliteImageCatalog,
  SqliteJobQueue,
  SqliteJobRecords,
} from "@progimage/core/adapters";
import type { Config } from "./config.ts";

/** What is known of images, jobs and bytes, in whichever database the configuration names. */
export interface DatabaseComposition extends AsyncDisposable {
  readonly catalog: ImageCatalog;
  readonly jobs: JobRecords;
  readonly ledger: BlobLedger;
  readonly queue: JobQueue;
}

/** Opens the database that a configuration names. */
export async function composeDatabase(config: Pick<Config, "dbDir">): Promise<DatabaseComposition> {
  const database = openDatabase(config);
  return {
    catalog: new SqliteImageCatalog(database),
    jobs: new SqliteJobRecords(database),
    ledger: new SqliteBlobLedger(database),
    queue: new SqliteJobQueue(database),
    [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
  };
}

/** Brings the schema of the database up to date. For the supervisor, before it starts anything else. */
export async function migrateDatabase(config: Pick<Config, "dbDir">): Promise<void> {
  using database = openDatabase(config);
  database.migrate();
}

function openDatabase({ dbDir }: Pick<Config, "dbDir">): SqliteDatabase {
  return new SqliteDatabase(join(dbDir, "progimage.sqlite"));
}
