import {
  DamagedMarkError,
  type InstallationMatch,
  type InstallationRecord,
  matchInstallation,
  openInstallation,
  ProgImageError,
} from "@progimage/core";
import { databasePlace, migrateDatabase, openIdentity } from "./compose_database.ts";
import { type BareStorage, checkFolders, openStore } from "./compose_storage.ts";
import { type Config, ConfigError } from "../settings/config.ts";
import { explainStorage } from "../program/explain_storage.ts";
import { refusalMessage } from "../program/installation_refusal.ts";
import type { Logger } from "../program/log.ts";

/** Options for {@linkcode prepareInstallation}. */
export interface PrepareInstallationOptions {
  /** Whether the store is unavailable now. If so, its identity is compared at the first upload. */
  readonly isStoreAway: boolean;
}

/**
 * Checks that database and store belong together before anything is written. Then migrates the database, checks that the folders are
 * writable, and gives database and store the same identity. The supervisor calls it before it starts anything else.
 *
 * @returns a warning for the operator, or `null`
 * @throws {ConfigError} with the remedy if they do not belong together, or with the folder at fault
 */
export async function prepareInstallation(
  config: Config,
  { isStoreAway }: PrepareInstallationOptions,
): Promise<string | null> {
  const match = isStoreAway ? null : await matchOrRefuse(config);
  await migrateDatabase(config);
  await checkFolders(config);
  if (!match) return null;
  await using database = await openIdentity(config);
  const { installation } = database;
  const fault = await explaining(config, (store) => openInstallation({ ...store, installation }, match));
  return fault?.message ?? (match.isStoreBehind ? STORE_BEHIND : null);
}

const STORE_BEHIND =
  "The store of images is older than the database, as if a copy had been put in its place: npm start -- fsck lists the images that it lacks";

/**
 * Makes a new database replace a lost one, or a new store a lost store, and migrates the database. Leaves a database and a store that
 * belong together unchanged.
 *
 * @throws {ConfigError} if the database belongs to another installation
 */
export async function adoptInstallation(config: Config): Promise<void> {
  const match = await findMatch(config);
  if (match.refusal === "other_store") throw await refuse(config, match);
  await migrateDatabase(config);
  if (match.refusal === null) return;
  await using database = await openIdentity(config);
  const identity = match.stored ?? match.own ?? { id: crypto.randomUUID(), counter: 0 };
  const ports = { ...openStore(config), installation: database.installation };
  await openInstallation(ports, { identity, pause: "behind" });
}

/**
 * Checks for a command that database and store belong together, and migrates the database.
 *
 * @throws {ConfigError} with the remedy if they do not
 */
export async function checkInstallation(config: Config): Promise<void> {
  const match = await matchOrRefuse(config);
  await migrateDatabase(config);
  await using database = await openIdentity(config);
  // A database and a store of an older version get their identity here.
  if (!(await database.installation.read()))
    await openInstallation({ ...openStore(config), installation: database.installation }, match);
}

/**
 * Returns a check that the store belongs to the database, for a process that may have started while the store was unavailable. It runs
 * until it has succeeded once.
 */
export function installationGuard(
  config: Config,
  installation: InstallationRecord,
  log: Pick<Logger, "error">,
): () => Promise<void> {
  let checked: Promise<void> | null = null;
  const check = async () => {
    const ports = { ...openStore(config), installation };
    const match = await matchInstallation(ports);
    if (match.refusal === null) {
      if (!(await ports.mark.read())) await openInstallation(ports, match);
      return;
    }
    log.error(
      { refusal: match.refusal },
      "The store of images does not belong to the database: nothing is stored",
    );
    throw new ProgImageError("unavailable", "Cannot store image as the store does not belong to this server");
  };
  return () =>
    (checked ??= check().catch((error: unknown) => {
      checked = null;
      throw error;
    }));
}

type Match = Extract<InstallationMatch, { readonly refusal: null }>;
type Refusal = Exclude<InstallationMatch, Match>;

/** @throws {ConfigError} if database and store do not belong together */
async function matchOrRefuse(config: Config): Promise<Match> {
  const match = await findMatch(config);
  if (match.refusal !== null) throw await refuse(config, match);
  return match;
}

/** Compares the identities of database and store, without writing. */
async function findMatch(config: Config): Promise<InstallationMatch> {
  await using database = await openIdentity(config);
  const { installation } = database;
  return await explaining(config, (store) => matchInstallation({ ...store, installation }));
}

/**
 * Runs work on the store of a configuration.
 *
 * @throws {ConfigError} for a folder that cannot be used, and for a store whose identity is damaged
 */
async function explaining<T>(config: Config, work: (store: BareStorage) => Promise<T>): Promise<T> {
  const { place, ...store } = openStore(config);
  try {
    return await work(store);
  } catch (error) {
    if (error instanceof DamagedMarkError) throw damagedMark(config, place, error);
    if (config.s3Endpoint !== "") throw error;
    throw explainStorage(error, { setting: "PROGIMAGE_FS_DIR", folder: config.fsDir });
  }
}

function damagedMark({ s3Endpoint }: Config, place: string, cause: Error): ConfigError {
  const setting = s3Endpoint === "" ? "PROGIMAGE_FS_DIR" : "PROGIMAGE_S3_BUCKET";
  return new ConfigError(
    `Cannot use ${setting} as ${place}/installation.json, which says whose images these are, is damaged: move it away, and the next start writes it again if the store has the images that the database knows`,
    { cause },
  );
}

async function refuse(config: Config, match: Refusal): Promise<ConfigError> {
  const { mark, place } = openStore(config);
  // The claim tells the installation that owns the store.
  if (match.stored) await mark.claim({ id: match.own?.id ?? null, at: Date.now() }).catch(() => {});
  return new ConfigError(refusalMessage(match, { database: databasePlace(config), store: place }));
}
