import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  adoptJobs,
  type BlobLedger,
  type Clock,
  type DeletedImages,
  type ImageCatalog,
  type InstallationRecord,
  isProgImageError,
  type JobQueue,
  type JobRecords,
  MACHINE_CLOCK,
  type RemovalRecord,
} from "@progimage/core";
import {
  type CopyResult,
  copyToPostgres,
  type CopyToPostgresOptions,
  endCopying,
  indexPostgresMetadata,
  indexSqliteMetadata,
  MemoryInstallationRecord,
  MemoryTables,
  NewerSchemaError,
  PgBossJobQueue,
  PostgresBlobLedger,
  PostgresDatabase,
  type PostgresDatabaseOptions,
  type PostgresFault,
  PostgresDeletedImages,
  PostgresImageCatalog,
  PostgresInstallationRecord,
  PostgresJobRecords,
  PostgresRemovalRecord,
  postgresFault,
  SqliteBlobLedger,
  SqliteDatabase,
  type SqliteDatabaseOptions,
  SqliteDeletedImages,
  SqliteImageCatalog,
  SqliteInstallationRecord,
  SqliteJobQueue,
  SqliteJobRecords,
  SqliteRemovalRecord,
} from "@progimage/core/adapters";
import { type Config, ConfigError } from "../settings/config.ts";
import { explainPostgres, isLastingFault } from "../program/explain_postgres.ts";
import { checkWritable, explainStorage, type StoragePlace } from "../program/explain_storage.ts";
import type { Logger } from "../program/log.ts";

/** What is known of images, jobs and bytes, in whichever database the configuration names. */
export interface DatabaseComposition extends AsyncDisposable {
  readonly catalog: ImageCatalog;
  readonly clock: Clock;
  readonly deleted: DeletedImages;
  readonly installation: InstallationRecord;
  readonly jobs: JobRecords;
  readonly ledger: BlobLedger;
  readonly queue: JobQueue;
  readonly removals: RemovalRecord;
}

/** The settings that say which database it is. */
export type DatabaseConfig = Pick<Config, "databaseConnections" | "databaseUrl" | "dbDir" | "metadataKeys">;

/** For so long a database may still be starting when the server does, in milliseconds. */
const PATIENCE_MILLISECONDS = 10_000;
const PAUSE_MILLISECONDS = 250;

/** Opens the database that a configuration names. */
export async function composeDatabase(
  config: DatabaseConfig,
  log: Logger,
  options: SqliteDatabaseOptions = {},
): Promise<DatabaseComposition> {
  if (config.databaseUrl !== "") {
    const database = openPostgres(config, (cause) => {
      if (cause) log.warn({ cause: cause.message }, "The database does not answer");
      else log.warn("The database answers again");
    });
    const onTrouble = (err: Error) => log.warn({ err }, "The queue of jobs has trouble");
    const queue = new PgBossJobQueue(database, { onTrouble });
    await database.clock.start();
    return {
      catalog: new PostgresImageCatalog(database),
      clock: database.clock,
      deleted: new PostgresDeletedImages(database),
      installation: new PostgresInstallationRecord(database),
      jobs: new PostgresJobRecords(database),
      ledger: new PostgresBlobLedger(database),
      queue,
      removals: new PostgresRemovalRecord(database),
      [Symbol.asyncDispose]: async () => {
        await queue[Symbol.asyncDispose]();
        await database[Symbol.asyncDispose]();
      },
    };
  }
  const database = openSqlite(config, options);
  return {
    catalog: new SqliteImageCatalog(database),
    clock: MACHINE_CLOCK,
    deleted: new SqliteDeletedImages(database),
    installation: new SqliteInstallationRecord(database),
    jobs: new SqliteJobRecords(database),
    ledger: new SqliteBlobLedger(database),
    queue: new SqliteJobQueue(database),
    removals: new SqliteRemovalRecord(database),
    [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
  };
}

/**
 * Brings the schema of the database up to date. For the supervisor, before it starts anything else.
 *
 * @throws {ConfigError} for a Postgres database, or a folder, that cannot be used
 */
export async function migrateDatabase(config: DatabaseConfig): Promise<void> {
  if (config.databaseUrl !== "") {
    await using database = openPostgres(config);
    // Where several servers start at once, one of them takes over what a copy has left to do.
    await migratePostgres(database, config, () => endCopying(database, () => adoptCopiedJobs(database)));
  } else {
    await migrateSqlite(config);
  }
}

/** The identity of a database that may be of an earlier version, or not there yet. */
export interface OpenedIdentity extends AsyncDisposable {
  readonly installation: InstallationRecord;
}

/**
 * Opens the identity of the database that a configuration names, without writing to it.
 *
 * @throws {ConfigError} for a database that cannot be used
 */
export async function openIdentity(config: DatabaseConfig): Promise<OpenedIdentity> {
  const { databaseUrl } = config;
  if (databaseUrl !== "") {
    const database = openPostgres(config);
    const installation = new PostgresInstallationRecord(database);
    await whenStarted(databaseUrl, () => database.assertKnownSchema());
    return { installation, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
  }
  // A database that is not there must not come into being by a look at it.
  if (!(await isThere(config))) {
    const installation = new MemoryInstallationRecord(new MemoryTables());
    return { installation, [Symbol.asyncDispose]: async () => {} };
  }
  const database = openKnownSqlite(config);
  return {
    installation: new SqliteInstallationRecord(database),
    [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
  };
}

/** Copies what is known from the SQLite database that a configuration names into its Postgres database. */
export async function copyDatabase(
  config: DatabaseConfig,
  options: CopyToPostgresOptions,
): Promise<CopyResult> {
  using source = openKnownSqlite(config);
  source.migrate();
  await using target = new PostgresDatabase(config.databaseUrl, {
    application: "progimage migrate-database",
  });
  await migratePostgres(target, config);
  return await copyToPostgres(source, target, options);
}

async function adoptCopiedJobs(database: PostgresDatabase): Promise<void> {
  await using queue = new PgBossJobQueue(database);
  await adoptJobs({ jobs: new PostgresJobRecords(database), queue });
}

async function migratePostgres(
  database: PostgresDatabase,
  { databaseUrl }: DatabaseConfig,
  andThen: () => Promise<void> = async () => {},
): Promise<void> {
  const migrateQueue = async () => {
    await PgBossJobQueue.migrate(database);
    await andThen();
    await indexPostgresMetadata(database);
  };
  await whenStarted(databaseUrl, () => database.migrate(migrateQueue));
}

/** Does something with a Postgres database that may be starting just now. */
async function whenStarted<T>(databaseUrl: string, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const fault = postgresFault(error);
      const mayPass = fault ? !isLastingFault(fault) : isProgImageError(error);
      if (!mayPass || performance.now() > deadline) throw refusal(databaseUrl, error, fault);
      await Bun.sleep(PAUSE_MILLISECONDS);
    }
  }
}

/** Names the place, which has no password in it, and what Postgres says. Gives other errors as they are. */
function refusal(databaseUrl: string, error: unknown, fault: PostgresFault | null): unknown {
  const isKnown = isProgImageError(error) || error instanceof RangeError || error instanceof NewerSchemaError;
  if (!fault && !isKnown) return error;
  const reason = fault ? explainPostgres(fault) : `as ${(error as Error).message}`;
  const place = databasePlace({ databaseUrl, dbDir: "" });
  return new ConfigError(`Cannot use PROGIMAGE_DATABASE_URL, ${place}, ${reason}`, { cause: error });
}

function openPostgres(
  { databaseConnections, databaseUrl, metadataKeys }: DatabaseConfig,
  onTrouble?: PostgresDatabaseOptions["onTrouble"],
): PostgresDatabase {
  return new PostgresDatabase(databaseUrl, { connections: databaseConnections, metadataKeys, onTrouble });
}

/** @throws {ConfigError} for a folder that cannot be used */
async function isThere(config: Pick<DatabaseConfig, "dbDir">): Promise<boolean> {
  try {
    await stat(sqlitePath(config.dbDir));
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["ENOENT", "ENOTDIR"].includes(code)) return false;
    throw explainStorage(error, placeOf(config));
  }
}

async function migrateSqlite(config: DatabaseConfig): Promise<void> {
  const place = placeOf(config);
  try {
    using database = openSqlite(config);
    // SQLite itself would not mind before the first change.
    await checkWritable(place);
    await access(sqlitePath(config.dbDir), constants.W_OK);
    database.migrate();
    await indexSqliteMetadata(database);
  } catch (error) {
    throw explainSqlite(error, place);
  }
}

function explainSqlite(error: unknown, place: StoragePlace): unknown {
  if (!(error instanceof NewerSchemaError)) return explainStorage(error, place);
  const message = `Cannot use ${place.setting} (or PROGIMAGE_DATA_DIR), ${place.folder}, as ${error.message}`;
  return new ConfigError(message, { cause: error });
}

/** @throws {ConfigError} for a database that cannot be opened, or that this version does not know */
function openKnownSqlite(config: Pick<DatabaseConfig, "dbDir">): SqliteDatabase {
  const database = openSqlite(config);
  try {
    database.assertKnownSchema();
    return database;
  } catch (error) {
    database[Symbol.dispose]();
    throw explainSqlite(error, placeOf(config));
  }
}

/** @throws {ConfigError} for a database that cannot be opened */
function openSqlite(
  config: Pick<DatabaseConfig, "dbDir"> & Partial<Pick<DatabaseConfig, "metadataKeys">>,
  options?: SqliteDatabaseOptions,
): SqliteDatabase {
  try {
    return new SqliteDatabase(sqlitePath(config.dbDir), { ...options, metadataKeys: config.metadataKeys });
  } catch (error) {
    throw explainStorage(error, placeOf(config));
  }
}

function placeOf({ dbDir }: Pick<DatabaseConfig, "dbDir">): StoragePlace {
  return { setting: "PROGIMAGE_DB_DIR", folder: dbDir };
}

/** Returns where the database is that a configuration names, for messages: without a password. */
export function databasePlace({ databaseUrl, dbDir }: Pick<DatabaseConfig, "databaseUrl" | "dbDir">): string {
  if (databaseUrl === "") return sqlitePath(dbDir);
  const { host, pathname } = new URL(databaseUrl);
  return `${host}${pathname}`;
}

/** Returns the path of the SQLite database in a folder. */
export function sqlitePath(dbDir: string): string {
  return join(dbDir, "progimage.sqlite");
}
