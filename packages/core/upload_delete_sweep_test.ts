import { describe } from "bun:test";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { FsBlobStore } from "./blob/fs_blob_store.ts";
import { MemoryBlobLedger } from "./blob/memory_blob_ledger.ts";
import { MemoryBlobStore } from "./blob/memory_blob_store.ts";
import { PostgresBlobLedger } from "./blob/postgres_blob_ledger.ts";
import { SqliteBlobLedger } from "./blob/sqlite_blob_ledger.ts";
import { FsDerivativeCache } from "./derivative/fs_derivative_cache.ts";
import { MemoryTables } from "./database/memory_tables.ts";
import { SqliteDatabase } from "./database/sqlite_database.ts";
import { sharedPostgres } from "./database/testing_postgres.ts";
import { lendPostgresDatabase } from "./database/testing_postgres_database.ts";
import { MemoryImageCatalog } from "./image/memory_image_catalog.ts";
import { PostgresImageCatalog } from "./image/postgres_image_catalog.ts";
import { SqliteImageCatalog } from "./image/sqlite_image_catalog.ts";
import { uploadDeleteSweepContract } from "./upload_delete_sweep_contract.ts";

uploadDeleteSweepContract("Memory", (folder, now) => {
  const tables = new MemoryTables();
  return {
    blobs: new MemoryBlobStore(now),
    catalog: new MemoryImageCatalog(tables, now),
    derivatives: derivativesIn(folder),
    ledger: new MemoryBlobLedger(tables, now),
    [Symbol.asyncDispose]: async () => {},
  };
});

/** Files whose age follows the clock of the test. */
class AgeingFsBlobStore extends FsBlobStore {
  readonly #now: () => number;

  constructor(folder: string, now: () => number) {
    super(folder);
    this.#now = now;
  }

  override async put(key: string, path: string): Promise<void> {
    // A copy: a link would share its times with the file that the next upload publishes.
    const copy = `${path}-${crypto.randomUUID()}`;
    await Bun.write(copy, Bun.file(path));
    await utimes(copy, this.#now() / 1000, this.#now() / 1000);
    await super.put(key, copy);
  }
}

uploadDeleteSweepContract("Files and SQLite", (folder, now) => {
  const database = new SqliteDatabase(":memory:");
  database.migrate();
  return {
    blobs: new AgeingFsBlobStore(join(folder, "blobs"), now),
    catalog: new SqliteImageCatalog(database, now),
    derivatives: derivativesIn(folder),
    ledger: new SqliteBlobLedger(database, now),
    [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
  };
});

describe.skipIf(!(await sharedPostgres()))("on PostgreSQL", () => {
  uploadDeleteSweepContract("Files and Postgres", async (folder, now) => {
    const lent = await lendPostgresDatabase();
    return {
      blobs: new AgeingFsBlobStore(join(folder, "blobs"), now),
      catalog: new PostgresImageCatalog(lent.database, now),
      derivatives: derivativesIn(folder),
      ledger: new PostgresBlobLedger(lent.database, now),
      [Symbol.asyncDispose]: () => lent[Symbol.asyncDispose](),
    };
  });
});

/** Renders are as old as they are: to the clock of the test, that is from its first day. */
function derivativesIn(folder: string): FsDerivativeCache {
  return new FsDerivativeCache(join(folder, "derivatives"), { capacity: 1_000_000 });
}
