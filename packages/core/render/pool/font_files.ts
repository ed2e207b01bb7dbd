import { statSync } from "node:fs";
import { join } from "node:path";

let files: readonly string[] = [];
let digest = "none";

/**
 * Makes the font files of a folder, and of the folders in it, available to all renders of this process. Call it before the first render.
 *
 * @throws {Error} if the folder cannot be read
 */
export function useFontFolder(folder: string): void {
  files = folder === "" ? [] : fontsIn(folder);
  const hash = new Bun.CryptoHasher("sha256");
  for (const path of files) hash.update(`${path.slice(folder.length)} ${statSync(path).size}\n`);
  digest = files.length === 0 ? "none" : hash.digest("hex").slice(0, 16);
}

/** Returns the operator's font files, in an order that is the same on every machine. */
export function fontFiles(): readonly string[] {
  return files;
}

/** Returns a digest of the names and sizes of the font files, which determine the pixels of texts. */
export function fontDigest(): string {
  return digest;
}

function fontsIn(folder: string): readonly string[] {
  try {
    const found = new Bun.Glob("**/*.{ttf,otf,ttc,otc}").scanSync({ cwd: folder, followSymlinks: true });
    return [...found].toSorted().map((name) => join(folder, name));
  } catch (error) {
    throw new Error(`Cannot read the fonts in PROGIMAGE_FONTS_DIR: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
