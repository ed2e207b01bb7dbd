import { parseArgs } from "node:util";
import { copyBlobs, type CopyBlobsProgress, type CopyBlobsResult, SHARDS } from "@progimage/core";
import type { Command } from "./command.ts";
import { composeMigration, type StoreKind, STORES } from "../compose/compose_migration.ts";
import type { BareStorage } from "../compose/compose_storage.ts";
import { type Config, ConfigError } from "../settings/config.ts";
import { shownBytes, showProgress } from "./show_progress.ts";

const HELP = `Usage: bun start migrate-storage --to s3|fs [--verify] [--at-a-time N]

Copies the bytes of all images from PROGIMAGE_FS_DIR to the bucket of PROGIMAGE_S3_BUCKET, or back, compares each with its SHA-256, and
says what could not be copied. A server may go on working with the old place meanwhile: run it again when that has stopped, and it takes
over what is new. Interrupted, it continues. Nothing is taken away from the old place. What was rendered is rendered again.

  --to         where to copy to
  --verify     also reads back all that is there and compares it
  --at-a-time  images under way at a time, 1 to 64; 16 unless you say otherwise
  --help`;

interface MigrateOptions {
  readonly to: StoreKind;
  readonly verify: boolean;
  readonly atATime: number;
}

/** `migrate-storage`: from files to S3, and back. */
export const migrateStorageCommand: Command = {
  name: "migrate-storage",
  summary: "copies the bytes of all images from PROGIMAGE_FS_DIR to S3, or back",
  async run(args, config) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", short: "h", default: false },
        to: { type: "string" },
        verify: { type: "boolean", default: false },
        "at-a-time": { type: "string", default: "16" },
      },
    });
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    const to = readStore(values.to);
    const atATime = readCount(values["at-a-time"]);
    const result = await migrate(config, { to, verify: values.verify, atATime });
    console.log(summaryOf(result, to));
    return result.failed > 0 ? 1 : 0;
  },
};

async function migrate(config: Config, { to, verify, atATime }: MigrateOptions): Promise<CopyBlobsResult> {
  const { source, target, spool } = await composeMigration(config, to);
  await checkTarget(source, target);
  const progress = showProgress();
  try {
    const result = await copyBlobs(source.blobs, target.blobs, {
      spool,
      verify,
      atATime,
      onProgress: (copied) =>
        progress.show({ done: copied.shards, total: SHARDS.length, text: copyingText(copied) }),
    });
    await carryIdentity(source, target);
    return result;
  } finally {
    progress.stop();
  }
}

/** @throws {ConfigError} if the target has images of another installation */
async function checkTarget(source: BareStorage, target: BareStorage): Promise<void> {
  const [from, to] = [await source.mark.read(), await target.mark.read()];
  if (!to || to.id === from?.id) return;
  throw new ConfigError(
    `Cannot copy images as the place to copy to belongs to installation ${to.id}: choose another folder, bucket or prefix`,
  );
}

/** Gives the copy the identity of the source, and a counter at least as high. */
async function carryIdentity(source: BareStorage, target: BareStorage): Promise<void> {
  const [from, to] = [await source.mark.read(), await target.mark.read()];
  if (from) await target.mark.write({ id: from.id, counter: Math.max(from.counter, to?.counter ?? 0) });
}

/** Returns the counts of a copy of blobs as text. */
export function copyingText({
  copied,
  copiedBytes,
  present,
  failed,
}: Omit<CopyBlobsProgress, "shards">): string {
  return `${copied} copied (${shownBytes(copiedBytes)}), ${present} there before, ${failed} failed`;
}

function summaryOf(result: CopyBlobsResult, to: StoreKind): string {
  const { copied, failed, failures } = result;
  const counts = `${copyingText(result)}.`;
  if (failed === 0) return `${counts}\n${nextOf(copied, to)}`;
  const lines = failures.map(({ key, reason }) => `  ${key}: ${reason}`);
  const more = failed > failures.length ? [`  and ${failed - failures.length} more`] : [];
  return [
    counts,
    "Could not be copied, by the name that begins with the SHA-256 of the image (GET /images?sha256=…):",
    ...lines,
    ...more,
  ].join("\n");
}

function nextOf(copied: number, to: StoreKind): string {
  const settings = to === "s3" ? "with the settings of S3" : "without the settings of S3";
  if (copied > 0)
    return "If a server has stored images meanwhile, stop it and run this again: it only takes over what is new.";
  return `Everything is there. If no server uses the old place any more, start all of them ${settings}.`;
}

function readStore(text: string | undefined): StoreKind {
  const store = STORES.find((known) => known === text);
  if (store) return store;
  throw new ConfigError(
    `Cannot copy images as --to must be ${STORES.join(" or ")}: it is ${text ?? "not there"}`,
  );
}

function readCount(text: string): number {
  const count = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= 64) return count;
  throw new ConfigError(
    `Cannot copy images as --at-a-time must be a whole number from 1 to 64: it is ${JSON.stringify(text)}`,
  );
}
