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
  type KeyRecords,
  MACHINE_CLOCK,
  type RemovalRecord,
  type UsedTokens,
  retry,
  type TenantRecords,
  type UsageRecords,
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
  PostgresChangeChannel,
  PostgresDatabase,
  type PostgresDatabaseOptions,
  type PostgresFault,
  PostgresDeletedImages,
  PostgresImageCatalog,
  PostgresInstallationRecord,
  PostgresJobRecords,
  PostgresKeyRecords,
  PostgresRemovalRecord,
  PostgresTenantRecords,
  PostgresUsedTokens,
  PostgresUsageRecords,
  postgresFault,
  SqliteBlobLedger,
  SqliteDatabase,
  type SqliteDatabaseOptions,
  SqliteDeletedImages,
  SqliteImageCatalog,
  SqliteInstallationRecord,
  SqliteJobQueue,
  SqliteJobRecords,
  SqliteKeyRecords,
  SqliteRemovalRecord,
  SqliteTenantRecords,
  SqliteUsedTokens,
  SqliteUsageRecords,
} from "@progimage/core/adapters";
import { type Config, ConfigError } from "../settings/config.ts";
import { explainPostgres, isLastingFault } from "../program/explain_postgres.ts";
import { checkWritable, explainStorage, type StoragePlace } from "../program/explain_storage.ts";
import type { Logger } from "../program/log.ts";

/** The records of images, jobs and bytes, in the database of the configuration. */
export interface DatabaseComposition extends AsyncDisposable {
  readonly catalog: ImageCatalog;
  /** Tells other machines which images have changed; `null` if no other machine can use the database. */
  readonly channel: PostgresChangeChannel | null;
  readonly clock: Clock;
  readonly deleted: DeletedImages;
  readonly installation: InstallationRecord;
  readonly jobs: JobRecords;
  readonly keys: KeyRecords;
  readonly ledger: BlobLedger;
  readonly queue: JobQueue;
  readonly removals: RemovalRecord;
  readonly tenants: TenantRecords;
  readonly tokens: UsedTokens;
  readonly usage: UsageRecords;
}

/** The settings that select the database. */
export type DatabaseConfig = Pick<Config, "databaseConnections" | "databaseUrl" | "dbDir" | "metadataKeys">;

/** How long a database may take to start, counted from the start of the server, in milliseconds. */
const START_TIMEOUT_MILLISECONDS = 10_000;
const RETRY_MILLISECONDS = 250;

/** Opens the database of a configuration. */
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
    const onFault = (err: Error) => log.warn({ err }, "The queue of jobs has failed in the background");
    const queue = new PgBossJobQueue(database, { onFault });
    await database.clock.start();
    const channel = new PostgresChangeChannel(config.databaseUrl);
    return {
      catalog: new PostgresImageCatalog(database),
      channel,
      clock: database.clock,
      deleted: new PostgresDeletedImages(database),
      installation: new PostgresInstallationRecord(database),
      jobs: new PostgresJobRecords(database),
      keys: new PostgresKeyRecords(database),
      ledger: new PostgresBlobLedger(database),
      queue,
      removals: new PostgresRemovalRecord(database),
      tenants: new PostgresTenantRecords(database),
      tokens: new PostgresUsedTokens(database),
      usage: new PostgresUsageRecords(database),
      [Symbol.asyncDispose]: async () => {
        await channel[Symbol.asyncDispose]();
        await queue[Symbol.asyncDispose]();
        await database[Symbol.asyncDispose]();
      },
    };
  }
  const database = openSqlite(config, { keepsReserve: true, ...options });
  return {
    catalog: new SqliteImageCatalog(database),
    channel: null,
    clock: MACHINE_CLOCK,
    deleted: new SqliteDeletedImages(database),
    installation: new SqliteInstallationRecord(database),
    jobs: new SqliteJobRecords(database),
    keys: new SqliteKeyRecords(database),
    ledger: new SqliteBlobLedger(database),
    queue: new SqliteJobQueue(database),
    removals: new SqliteRemovalRecord(database),
    tenants: new SqliteTenantRecords(database),
    tokens: new SqliteUsedTokens(database),
    usage: new SqliteUsageRecords(database),
    [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
  };
}

/**
 * Migrates the database to the current schema. The supervisor calls it before it starts anything else.
 *
 * @throws {ConfigError} for a Postgres database, or a folder, that cannot be used
 */
export async function migrateDatabase(config: DatabaseConfig): Promise<void> {
  if (config.databaseUrl !== "") {
    await using database = openPostgres(config);
    // If several servers start at once, one of them finishes an interrupted copy.
    await migratePostgres(database, config, () => endCopying(database, () => adoptCopiedJobs(database)));
  } else {
    await migrateSqlite(config);
  }
}

/** The identity of a database that may have an older schema or not exist yet. */
export interface OpenedIdentity extends AsyncDisposable {
  readonly installation: InstallationRecord;
}

/**
 * Opens the identity of the database of a configuration, without writing to it.
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
  // Reading must not create a missing database.
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

/** Copies all records from the SQLite database of a configuration into its Postgres database. */
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

/** Runs work on a Postgres database, and retries while the database is starting. */
async function whenStarted<T>(databaseUrl: string, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + START_TIMEOUT_MILLISECONDS;
  return await retry(work, {
    delayAfter: (error) => {
      const fault = postgresFault(error);
      const mayPass = fault ? !isLastingFault(fault) : isProgImageError(error);
      if (!mayPass || performance.now() > deadline) throw refusal(databaseUrl, error, fault);
      return RETRY_MILLISECONDS;
    },
  });
}

/** Returns an error with the location, without its password, and the message of Postgres. Returns other errors unchanged. */
function refusal(databaseUrl: string, error: unknown, fault: PostgresFault | null): unknown {
  const isKnown = isProgImageError(error) || error instanceof RangeError || error instanceof NewerSchemaError;
  if (!fault && !isKnown) return error;
  const reason = fault ? explainPostgres(fault) : `as ${(error as Error).message}`;
  const place = databasePlace({ databaseUrl, dbDir: "" });
  return new ConfigError(`Cannot use PROGIMAGE_DATABASE_URL, ${place}, ${reason}`, { cause: error });
}

function openPostgres(
  { databaseConnections, databaseUrl, metadataKeys }: DatabaseConfig,
  onFault?: PostgresDatabaseOptions["onFault"],
): PostgresDatabase {
  return new PostgresDatabase(databaseUrl, { connections: databaseConnections, metadataKeys, onFault });
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
    // SQLite itself would report it only at the first write.
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

/** @throws {ConfigError} for a database that cannot be opened, or whose schema is unknown to this version */
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

/** Returns the location of the database of a configuration for messages, without a password. */
export function databasePlace({ databaseUrl, dbDir }: Pick<DatabaseConfig, "databaseUrl" | "dbDir">): string {
  if (databaseUrl === "") return sqlitePath(dbDir);
  const { host, pathname } = new URL(databaseUrl);
  return `${host}${pathname}`;
}

/** Returns the path of the SQLite database in a folder. */
export function sqlitePath(dbDir: string): string {
  return join(dbDir, "progimage.sqlite");
}
