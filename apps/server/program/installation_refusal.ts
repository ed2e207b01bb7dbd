import type { Identity, InstallationMatch, InstallationRefusal } from "@progimage/core";

/** Returns the fault and the remedy, for the user who starts the server. */
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
    old_database: [
      `Cannot start as the store of images belongs to ${theirs}, but the database, of an earlier version, does not say whose it is.`,
      "- If it is an old copy of the same installation's database: npm start -- fsck --adopt takes it, and brings back the images that it lacks.",
      ...OTHER_SETTINGS,
    ],
    lost_store: [
      "Cannot start as the database knows images, but the store has none of them.",
      "- If the wrong folder, volume, bucket or prefix is set: PROGIMAGE_FS_DIR, PROGIMAGE_S3_BUCKET, PROGIMAGE_S3_PREFIX.",
      "- If the store was lost: npm start -- backup restore FOLDER --images-only puts the images back from a backup.",
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
