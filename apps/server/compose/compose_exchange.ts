import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import type { FileExchange } from "@progimage/core";
import { FsFileExchange, ObjectFileExchange } from "@progimage/core/adapters";
import { openBucket } from "./compose_bucket.ts";
import { type Config, ConfigError } from "../settings/config.ts";

type ExchangeConfig = Parameters<typeof openBucket>[0] & Pick<Config, "exchangeDir" | "exchangePrefix">;

/** The exchange of the operator, whose files jobs may read and write, where the configuration opens one. */
export interface ExchangeComposition {
  /** `null` where there is no such place. */
  readonly exchange: FileExchange | null;
  /** Removes what dead processes have left behind. Gives how many files. */
  readonly sweep: (untouchedSince: number) => Promise<number>;
}

/** Requests of jobs to S3 at a time, as a part of those of everybody else: these never wait for them. */
const SHARE_OF_REQUESTS = 4;

/**
 * Opens the place that a configuration names: a folder, or else a part of the bucket of S3.
 *
 * @throws {ConfigError} for a folder that is not there, and for what the server keeps for itself
 */
export async function composeExchange(config: ExchangeConfig): Promise<ExchangeComposition> {
  await checkExchange(config);
  if (config.exchangeDir !== "") {
    const exchange = new FsFileExchange(config.exchangeDir);
    return { exchange, sweep: (before) => exchange.sweep(before) };
  }
  const bucket = openBucket({ ...config, s3AtATime: Math.ceil(config.s3AtATime / SHARE_OF_REQUESTS) });
  const prefix = config.exchangePrefix || `${config.s3Prefix}exchange/`;
  return { exchange: bucket && new ObjectFileExchange(bucket, { prefix }), sweep: async () => 0 };
}

/**
 * Makes sure that a configuration names a place that can be used, before anything is written.
 *
 * @throws {ConfigError}
 */
export async function checkExchange(config: ExchangeConfig): Promise<void> {
  checkPrefix(config);
  if (config.exchangeDir !== "") await checkFolder(config.exchangeDir);
}

/** What jobs may read and write must not be what the server keeps. */
function checkPrefix({ exchangePrefix, exchangeDir, s3Endpoint, s3Prefix }: ExchangeConfig): void {
  const refuse = (reason: string) =>
    new ConfigError(`Cannot use PROGIMAGE_EXCHANGE_PREFIX ${exchangePrefix} ${reason}`);
  if (exchangePrefix === "") return;
  if (exchangeDir !== "") throw refuse("beside PROGIMAGE_EXCHANGE_DIR: files are in one of them");
  if (s3Endpoint === "") throw refuse("unless PROGIMAGE_S3_ENDPOINT is set");
  const kept = ["blobs/", "derivatives/"]
    .map((folder) => s3Prefix + folder)
    .find((prefix) => prefix.startsWith(exchangePrefix) || exchangePrefix.startsWith(prefix));
  if (kept !== undefined) throw refuse(`as the server keeps ${kept} for itself`);
}

async function checkFolder(folder: string): Promise<void> {
  try {
    // By the slash: only a folder has an inside.
    await access(join(folder, "/"), constants.R_OK | constants.X_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(
      `Cannot use PROGIMAGE_EXCHANGE_DIR as it must be a folder that the server may read: ${JSON.stringify(folder)} is none (${code})`,
      { cause },
    );
  }
}
