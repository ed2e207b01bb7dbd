import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fromStorageError, isProgImageError } from "@progimage/core";
import { ConfigError } from "../settings/config.ts";

/** A folder of the server, and the setting that names it. */
export interface StoragePlace {
  readonly setting: string;
  readonly folder: string;
}

/** The server cannot start because its storage does not work now. A later start may succeed. */
export class StorageConfigError extends ConfigError {}

/** Error codes about one file of the database rather than its folder. */
const BROKEN_REGEXP = /^SQLITE_(?:CORRUPT|NOTADB)/;

/**
 * Checks that the server can write to a folder.
 *
 * @throws {StorageConfigError} that names the setting at fault
 */
export async function checkWritable(place: StoragePlace): Promise<void> {
  const path = join(place.folder, `.write-check-${crypto.randomUUID()}`);
  try {
    await writeFile(path, "progimage", { flag: "wx" });
    await rm(path);
  } catch (error) {
    throw explainStorage(error, place);
  }
}

/** Returns an error of the storage as one line for the operator, with the remedy. Returns any other error unchanged. */
export function explainStorage(error: unknown, { setting, folder }: StoragePlace): unknown {
  const explained = fromStorageError(error, { isMissingFault: true });
  const code = codeOf(error);
  const kind = isProgImageError(explained) ? explained.code : null;
  const isFull = kind === "storage_full";
  // A file may exist in place of a folder.
  if (!isFull && kind !== "storage_error" && code !== "EEXIST" && code !== "ENOTDIR") return error;
  const [reason, remedy] = reasonOf(code, isFull);
  const message = `Cannot use ${setting} (or PROGIMAGE_DATA_DIR), ${folder}, as ${reason} (${code}): ${remedy}`;
  return new StorageConfigError(message, { cause: error });
}

function reasonOf(code: string, isFull: boolean): readonly [reason: string, remedy: string] {
  if (isFull) return ["it has no room", "make room there, or choose another folder"];
  if (BROKEN_REGEXP.test(code)) {
    return [
      "its file progimage.sqlite is not an intact database",
      "npm start -- backup restore FOLDER --replace puts a backup back; without one, move the file away, and npm start -- fsck --adopt brings the images back",
    ];
  }
  return [
    "the server cannot read and write there",
    "let this user write in it and in its files, check its disk, or choose another folder",
  ];
}

/** Returns the code of the cause of an error. */
function codeOf(error: unknown): string {
  let code = "unknown";
  for (let current = error; current instanceof Error; current = current.cause)
    code = String((current as { readonly code?: unknown }).code ?? code);
  return code;
}
