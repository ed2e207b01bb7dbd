import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import type { FileExchange } from "@progimage/core";
import { FsFileExchange, ObjectFileExchange } from "@progimage/core/adapters";
import { openBucket } from "./compose_bucket.ts";
import { type Config, ConfigError } from "../settings/config.ts";

type ExchangeConfig = Parameters<typeof openBucket>[0] & Pick<Config, "exchangeDir" | "exchangePrefix">;

/** The operator's exchange, whose files jobs may read and write, if the configuration enables it. */
export interface ExchangeComposition {
  /** `null` if there is none. */
  readonly exchange: FileExchange | null;
  /** Removes files that dead processes have left behind. Returns their number. */
  readonly sweep: (untouchedSince: number) => Promise<number>;
}

/** Divides the concurrency limit of S3: jobs have the quotient for themselves, so other requests never wait for them. */
const SHARE_OF_REQUESTS = 4;

/**
 * Opens the exchange of a configuration: a folder, or else a prefix in the S3 bucket.
 *
 * @throws {ConfigError} for a missing folder, or a place that the server keeps for itself
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
 * Checks that the exchange of a configuration can be used, before anything is written.
 *
 * @throws {ConfigError}
 */
export async function checkExchange(config: ExchangeConfig): Promise<void> {
  checkPrefix(config);
  if (config.exchangeDir !== "") await checkFolder(config.exchangeDir);
}

/** Jobs must not read or write the files of the server itself. */
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
    // The trailing slash makes this fail for anything but a folder.
    await access(join(folder, "/"), constants.R_OK | constants.X_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(
      `Cannot use PROGIMAGE_EXCHANGE_DIR as it must be a folder that the server may read: it is ${JSON.stringify(folder)} (${code})`,
      { cause },
    );
  }
}
