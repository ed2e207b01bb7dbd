import { copyFile, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type BlobStore,
  copyBlobs,
  type CopyBlobsOptions,
  type CopyBlobsResult,
  type Identity,
  pruneCopies,
  SHARDS,
  Spool,
} from "@progimage/core";
import { checkInstallation } from "../compose/compose_installation.ts";
import { sqlitePath } from "../compose/compose_database.ts";
import {
  checkUnused,
  composeMaintenance,
  openBackupFolder,
  raiseCounters,
  snapshotDatabase,
} from "../compose/compose_maintenance.ts";
import { secretPath } from "../compose/compose_secrets.ts";
import { openStore } from "../compose/compose_storage.ts";
import { type Config, ConfigError } from "../settings/config.ts";
import { copyingText } from "./migrate_storage.ts";
import { showProgress } from "./show_progress.ts";

/** The outcome of a command. */
export interface BackupResult {
  /** Images that could not be copied. */
  readonly failed: number;
  /** The text for the operator. */
  readonly text: string;
}

/** Options for {@linkcode makeBackup}. */
export interface MakeBackupOptions {
  /** Whether files are copied even if hard links are possible. */
  readonly copiesFiles: boolean;
}

/** Options for {@linkcode restoreBackup}. */
export interface RestoreBackupOptions extends MakeBackupOptions {
  /** Whether the database stays unchanged, and damaged images are replaced as well as missing ones. */
  readonly imagesOnly: boolean;
  /** Whether an existing database is replaced. */
  readonly replaces: boolean;
}

/**
 * Writes the database and all images to a folder, or updates an earlier backup in it.
 *
 * @throws {ConfigError} for a folder with the backup of another installation
 */
export async function makeBackup(
  config: Config,
  folder: string,
  { copiesFiles }: MakeBackupOptions,
): Promise<BackupResult> {
  await checkInstallation(config);
  const [backup, store] = [openBackupFolder(folder), openStore(config)];
  checkSame(await store.mark.read(), await backup.mark.read(), folder);
  await mkdir(folder, { recursive: true });
  const startedAt = new Date();
  // The old copy of the database stays until the images of the new copy are complete.
  const fresh = `${backup.databasePath}.new`;
  await mkdir(dirname(fresh), { recursive: true });
  await rm(fresh, { force: true });
  const identity = await snapshotDatabase(config, fresh);
  // Images stored from here on are newer than the backup.
  await raiseCounters(config);
  const copied = await copy(store.blobs, backup.blobs, {
    spool: backup.spool,
    copiesFiles: copiesFiles || !(await areOnOneVolume(config.fsDir, folder)),
  });
  await rename(fresh, backup.databasePath);
  await sync(dirname(backup.databasePath));
  await backup.mark.write(identity);
  await using composition = await composeMaintenance(config);
  const { ledger } = composition.ports;
  const pruned = await pruneCopies({ source: store.blobs, target: backup.blobs, ledger });
  await rm(join(folder, "fs", "incoming"), { recursive: true, force: true });
  const secret = (await Bun.file(secretPath(config)).exists()) ? secretPath(config) : null;
  return { failed: copied.failed, text: backupText(folder, startedAt, { copied, pruned, secret }) };
}

/**
 * Restores the images that the store lacks, then the database.
 *
 * @throws {ConfigError} if there is no backup, or a database that must not be replaced, or the store belongs to another installation
 * @throws {ProgImageError} `busy` while a server uses the database
 */
export async function restoreBackup(
  config: Config,
  folder: string,
  { copiesFiles, imagesOnly, replaces }: RestoreBackupOptions,
): Promise<BackupResult> {
  const [backup, store] = [openBackupFolder(folder), openStore(config)];
  const identity = await backup.mark.read();
  if (!identity || !(await Bun.file(backup.databasePath).exists()))
    throw new ConfigError(`Cannot restore as ${folder} must hold a backup: there is none`);
  checkSame(identity, await store.mark.read(), store.place);
  const target = sqlitePath(config.dbDir);
  if (!imagesOnly) await checkReplaceable(target, replaces);
  const copied = await copy(backup.blobs, store.blobs, {
    spool: new Spool(join(config.fsDir, "incoming"), { capacity: Number.MAX_SAFE_INTEGER }),
    copiesFiles: copiesFiles || !(await areOnOneVolume(config.fsDir, folder)),
    verify: imagesOnly,
  });
  const kept = imagesOnly ? null : await putDatabase(backup.databasePath, target);
  if (!(await store.mark.read())) await store.mark.write(identity);
  return { failed: copied.failed, text: restoreText(copied, { kept, imagesOnly }) };
}

function checkSame(one: Identity | null, other: Identity | null, place: string): void {
  if (!other || one?.id === other.id) return;
  throw new ConfigError(
    `Cannot use ${place} as it must belong to installation ${one?.id ?? "none"}: it belongs to ${other.id}`,
  );
}

async function checkReplaceable(path: string, replaces: boolean): Promise<void> {
  if (!(await Bun.file(path).exists())) return;
  checkUnused(path);
  if (replaces) return;
  throw new ConfigError(
    `Cannot restore as there is a database, ${path}: --replace keeps it beside the restored one, --images-only leaves it in its place`,
  );
}

async function copy(
  source: BlobStore,
  target: BlobStore,
  options: CopyBlobsOptions,
): Promise<CopyBlobsResult> {
  await options.spool.prepare();
  const progress = showProgress();
  const onProgress: CopyBlobsOptions["onProgress"] = (copied) =>
    progress.show({ done: copied.shards, total: SHARDS.length, text: copyingText(copied) });
  try {
    return await copyBlobs(source, target, { ...options, onProgress });
  } finally {
    progress.stop();
  }
}

/** Replaces a database by a copy. Returns the path at which the previous one is kept; `null` if there was none. */
async function putDatabase(copy: string, target: string): Promise<string | null> {
  await mkdir(dirname(target), { recursive: true });
  const fresh = `${target}.restored`;
  await copyFile(copy, fresh);
  await sync(fresh);
  const isReplaced = await Bun.file(target).exists();
  const kept = `${target}.before-${new Date().toISOString().replaceAll(":", "")}`;
  if (isReplaced) await rename(target, kept);
  await rename(fresh, target);
  await sync(dirname(target));
  return isReplaced ? kept : null;
}

async function areOnOneVolume(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((path) => stat(path).catch(() => null)));
  return first !== null && first?.dev === second?.dev;
}

async function sync(path: string): Promise<void> {
  await using handle = await open(path, "r");
  await handle.sync();
}

interface BackupFacts {
  readonly copied: CopyBlobsResult;
  readonly pruned: number;
  /** The path of the secret that the server has made; `null` if there is none. */
  readonly secret: string | null;
}

function backupText(folder: string, startedAt: Date, { copied, pruned, secret }: BackupFacts): string {
  return [
    `${copyingText(copied)}, ${pruned} removed that are not needed any more.`,
    ...failureLines(copied),
    `${folder} has every image that was acknowledged before ${startedAt.toISOString()}.`,
    ...(secret
      ? [
          `It leaves out ${secret}, with which anyone could sign URLs: keep a copy of it elsewhere. Without it, signed URLs and signing secrets become invalid.`,
        ]
      : []),
    `To restore it: npm start -- backup restore ${folder}`,
  ].join("\n");
}

function restoreText(
  copied: CopyBlobsResult,
  { kept, imagesOnly }: { readonly kept: string | null; readonly imagesOnly: boolean },
): string {
  const lines = [`${copyingText(copied)}.`, ...failureLines(copied)];
  if (kept) lines.push(`The database that was there is kept as ${kept}.`);
  lines.push(
    imagesOnly
      ? "Next: npm start -- fsck, which tells that the images are whole again."
      : "Next: npm start -- fsck, which brings back images that are newer than the backup; then npm start.",
  );
  return lines.join("\n");
}

function failureLines({ failures, failed }: CopyBlobsResult): readonly string[] {
  const lines = failures.map(({ key, reason }) => `  ${key}: ${reason}`);
  return failed > failures.length ? [...lines, `  and ${failed - failures.length} more`] : lines;
}
