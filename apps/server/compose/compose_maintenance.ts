import { join } from "node:path";
import {
  type CheckStoragePorts,
  type Identity,
  raiseCounter,
  Spool,
  type TenantRecords,
} from "@progimage/core";
import {
  assertUnused,
  FsBlobStore,
  FsStoreMark,
  markRestored,
  snapshotSqlite,
} from "@progimage/core/adapters";
import { limitsOf, openRenderer } from "./compose.ts";
import { composeDatabase, openIdentity, sqlitePath } from "./compose_database.ts";
import { openStore } from "./compose_storage.ts";
import { type Config, ConfigError } from "../settings/config.ts";
import { openLog } from "../program/log.ts";
import { pluginModules } from "./plugin_modules.ts";

/** The ports and folders for a check of the storage. */
export interface MaintenanceComposition extends AsyncDisposable {
  readonly ports: CheckStoragePorts;
  /** Returns the ids of all tenants besides the first one. */
  readonly findTenants: () => Promise<readonly string[]>;
}

/** Opens the database and the store of a configuration, for a command. Servers may use both at the same time. */
export async function composeMaintenance(config: Config): Promise<MaintenanceComposition> {
  await using stack = new AsyncDisposableStack();
  const { log } = await openLog(config);
  const database = stack.use(await composeDatabase(config, log));
  const scratch = new Spool(config.tmpDir, { capacity: config.maxIncomingBytes });
  await scratch.prepare();
  const limits = limitsOf(config);
  let renderer: ReturnType<typeof openRenderer> | null = null;
  // Starts lazily: most checks need no render process.
  const probe: CheckStoragePorts["renderer"]["probe"] = (...args) => {
    renderer ??= openRenderer(config, { plugins: pluginModules(config), limits, log });
    return renderer.probe(...args);
  };
  stack.defer(async () => await renderer?.close());
  const { catalog, installation, jobs, ledger, removals } = database;
  const { blobs, mark } = openStore(config);
  const known = { catalog, installation, jobs, ledger, removals };
  const kept = stack.move();
  return {
    ports: { ...known, blobs, mark, now: Date.now, renderer: { probe }, scratch },
    findTenants: () => tenantIds(database.tenants),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The number of tenants that are read at a time. */
const TENANT_PAGE = 1_000;

async function tenantIds(tenants: TenantRecords): Promise<readonly string[]> {
  const ids: string[] = [];
  for (;;) {
    const page = await tenants.list({ limit: TENANT_PAGE, after: ids.at(-1) });
    ids.push(...page.map(({ id }) => id));
    if (page.length < TENANT_PAGE) return ids;
  }
}

/** A folder with a backup, with the layout of a data folder. */
export interface BackupFolder {
  readonly blobs: FsBlobStore;
  readonly mark: FsStoreMark;
  /** Temporary files of blobs that are being written. */
  readonly spool: Spool;
  /** The copy of the database. */
  readonly databasePath: string;
}

/** Returns the parts of a folder with a backup. */
export function openBackupFolder(folder: string): BackupFolder {
  const blobs = join(folder, "fs", "blobs");
  return {
    blobs: new FsBlobStore(blobs),
    mark: new FsStoreMark(blobs),
    spool: new Spool(join(folder, "fs", "incoming"), { capacity: Number.MAX_SAFE_INTEGER }),
    databasePath: sqlitePath(join(folder, "db")),
  };
}

/**
 * Writes a consistent copy of the database of a configuration, also while servers use it. A server that starts with the copy removes
 * nothing before fsck has compared it with the store. Returns its identity.
 */
export async function snapshotDatabase({ dbDir }: Config, target: string): Promise<Identity> {
  await snapshotSqlite(sqlitePath(dbDir), target);
  const identity = await markRestored(target);
  if (identity) return identity;
  throw new ConfigError(
    "Cannot back up the database as it belongs to no installation yet: start the server once",
  );
}

/** @throws {ProgImageError} `busy` if a server uses the database */
export function checkUnused(path: string): void {
  assertUnused(path);
}

/** Increments the counters of the database and the store. */
export async function raiseCounters(config: Config): Promise<void> {
  await using database = await openIdentity(config);
  await raiseCounter({ installation: database.installation, mark: openStore(config).mark });
}
