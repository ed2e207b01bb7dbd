import {
  type Identity,
  type InstallationMatch,
  type InstallationRefusal,
  matchInstallation,
  openInstallation,
  type StorageTrouble,
} from "@progimage/core";
import { migrateDatabase, openIdentity } from "./compose_database.ts";
import { openStore } from "./compose_storage.ts";
import { type Config, ConfigError } from "./config.ts";

/** Options for {@linkcode prepareInstallation}. */
export interface PrepareInstallationOptions {
  /** Whether the store does not answer at the moment: then its identity is compared with the first upload. */
  readonly isStoreAway: boolean;
}

/**
 * Makes sure that database and store belong together before anything is written, brings the schema of the database up to date, and
 * gives both the same identity. For the supervisor, before it starts anything else.
 *
 * @returns the trouble that keeps the storage from being swept, or `null`
 * @throws {ConfigError} that says how to go on if they do not belong together
 */
export async function prepareInstallation(
  config: Config,
  { isStoreAway }: PrepareInstallationOptions,
): Promise<StorageTrouble | null> {
  const match = isStoreAway ? null : await matchOrRefuse(config);
  await migrateDatabase(config);
  if (!match) return null;
  await using database = await openIdentity(config);
  return await openInstallation({ ...openStore(config), installation: database.installation }, match);
}

/**
 * Compares the identities of database and store, and writes to neither.
 *
 * @throws {ConfigError} if they do not belong together
 */
async function matchOrRefuse(
  config: Config,
): Promise<Extract<InstallationMatch, { readonly refusal: null }>> {
  await using database = await openIdentity(config);
  const store = openStore(config);
  const match = await matchInstallation({ ...store, installation: database.installation });
  if (match.refusal === null) return match;
  // The installation that the store belongs to shall hear of it.
  if (match.stored) await store.mark.claim({ id: match.own?.id ?? null, at: Date.now() }).catch(() => {});
  throw new ConfigError(refusalMessage(match, { database: database.place, store: store.place }));
}

/** Returns what is wrong and how to go on, for the person who starts the server. */
export function refusalMessage(
  { refusal, stored, own }: Exclude<InstallationMatch, { readonly refusal: null }>,
  { database, store }: { readonly database: string; readonly store: string },
): string {
  const [theirs, ours] = [nameOf(stored), nameOf(own)];
  const facts: Readonly<Record<InstallationRefusal, readonly string[]>> = {
    other_store: [
      `Cannot start as the store of images belongs to ${theirs}, but the database belongs to ${ours}.`,
      ...OTHER_SETTINGS,
    ],
    lost_database: [
      `Cannot start as the store of images belongs to ${theirs}, but the database is new: it knows none of its images.`,
      ...LOST_DATABASE,
    ],
    unknown_store: [
      "Cannot start as the store has images, but the database is new: it knows none of them.",
      ...LOST_DATABASE,
    ],
    lost_store: [
      "Cannot start as the database knows images, but the store has none of them.",
      "- If the wrong folder, volume, bucket or prefix is set: PROGIMAGE_FS_DIR, PROGIMAGE_S3_BUCKET, PROGIMAGE_S3_PREFIX.",
      "- If the store was lost: npm start -- backup restore FOLDER puts the images back from a backup.",
      "- Without a backup: npm start -- fsck --adopt lists what is lost and lets the server start.",
    ],
  };
  return [...facts[refusal], `  Database: ${database}`, `  Store:    ${store}`].join("\n");
}

const OTHER_SETTINGS = [
  "- If a setting is wrong: PROGIMAGE_DB_DIR or PROGIMAGE_DATABASE_URL names the database, PROGIMAGE_FS_DIR, PROGIMAGE_S3_BUCKET or PROGIMAGE_S3_PREFIX the store.",
  "- If this is another installation: give it a folder, bucket or prefix of its own.",
];

const LOST_DATABASE = [
  "- If the database was lost: npm start -- backup restore FOLDER puts it back from a backup.",
  "- Without a backup: npm start -- fsck --adopt brings the images back under their ids, without names and tags.",
  ...OTHER_SETTINGS,
];

function nameOf(identity: Identity | null): string {
  return identity ? `installation ${identity.id}` : "another installation";
}
