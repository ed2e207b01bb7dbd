import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { explainStorage } from "../program/explain_storage.ts";
import { type Config, ConfigError } from "../settings/config.ts";
import { readLongSecrets } from "../settings/setting.ts";

type SecretConfig = Pick<
  Config,
  "access" | "databaseUrl" | "dbDir" | "s3Endpoint" | "secretFile" | "secrets"
>;

const SECRET_BYTES = 32;
const OWNER_ONLY = 0o600;

/**
 * Returns the secrets from which signatures are made; none in mode `open`. A server on SQLite and a folder makes one itself on its first
 * start. Nodes on several machines need the same one, so the operator gives it.
 *
 * @throws {ConfigError} if there is no secret, or one that cannot be used
 */
export async function composeSecrets(config: SecretConfig): Promise<readonly string[]> {
  if (config.access === "open") return [];
  if (config.secrets.length > 0) return config.secrets;
  if (config.secretFile !== "")
    return await readSecretFile(config.secretFile, `PROGIMAGE_SECRET_FILE ${config.secretFile}`);
  if (config.databaseUrl !== "" || config.s3Endpoint !== "") throw missingSecret(config);
  try {
    return await ownSecret(config);
  } catch (error) {
    throw explainStorage(error, { setting: "PROGIMAGE_DB_DIR", folder: config.dbDir });
  }
}

/** Returns the path of the secret that the server makes itself. */
export function secretPath({ dbDir }: Pick<Config, "dbDir">): string {
  return join(dbDir, "secret");
}

/** Returns the secret that the server makes itself. Of servers that start at the same time, all get the secret of the first. */
async function ownSecret({ dbDir }: SecretConfig): Promise<readonly string[]> {
  const path = secretPath({ dbDir });
  await mkdir(dbDir, { recursive: true });
  if (!(await Bun.file(path).exists())) await makeSecret(path);
  return await readSecretFile(path, `${path}, which the server has made`);
}

async function makeSecret(path: string): Promise<void> {
  const fresh = `${path}.${crypto.randomUUID()}`;
  try {
    const text = `${randomBytes(SECRET_BYTES).toString("base64url")}\n`;
    await writeFile(fresh, text, { mode: OWNER_ONLY, flag: "wx", flush: true });
    // A link has its whole content at once, and never replaces another one.
    await link(fresh, path);
    await using folder = await open(dirname(path), "r");
    await folder.sync();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(fresh, { force: true });
  }
}

/** @throws {ConfigError} for a file that cannot be read, or has no usable secret */
async function readSecretFile(path: string, name: string): Promise<readonly string[]> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const remedy = "put the secret into this file, and let this user read it";
    throw new ConfigError(`Cannot use ${name} as it cannot be read (${cause.code}): ${remedy}`, { cause });
  });
  const secrets = readSecrets(text, name);
  if (secrets.length > 0) return secrets;
  throw new ConfigError(`Cannot use ${name} as it has no secret: put one of at least 32 bytes into it`);
}

function readSecrets(text: string, name: string): readonly string[] {
  try {
    return readLongSecrets(text);
  } catch (cause) {
    throw new ConfigError(`Cannot use ${name} as it must have ${(cause as Error).message}`, { cause });
  }
}

function missingSecret({ databaseUrl }: SecretConfig): ConfigError {
  const place = databaseUrl === "" ? "in S3" : "on Postgres";
  return new ConfigError(
    `Cannot start with PROGIMAGE_ACCESS=keys ${place} without PROGIMAGE_SECRET or PROGIMAGE_SECRET_FILE: all machines need the same secret, such as that of openssl rand -base64 32`,
  );
}
