import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "../blob/blob_files.ts";
import { makeFolder } from "../blob/make_folder.ts";
import { syncPath } from "../blob/sync_path.ts";
import { fromStorageError } from "../storage_error.ts";
import type { Identity, StoreClaim, StoreMark } from "./installation.ts";
import { CLAIM_NAME, MARK_NAME, markText, readClaim, readMark } from "./mark_text.ts";

/** The identity of a folder of blobs, as a file in it. */
export class FsStoreMark implements StoreMark {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(): Promise<Identity | null> {
    const text = await this.#read(MARK_NAME);
    return text === null ? null : readMark(text);
  }

  async write(identity: Identity): Promise<void> {
    await this.#write(MARK_NAME, markText(identity));
  }

  async claim(claim: StoreClaim): Promise<void> {
    await this.#write(CLAIM_NAME, markText(claim));
  }

  async readClaim(): Promise<StoreClaim | null> {
    const text = await this.#read(CLAIM_NAME);
    return text === null ? null : readClaim(text);
  }

  async dropClaim(): Promise<void> {
    await rm(join(this.#folder, CLAIM_NAME), { force: true });
  }

  async #read(name: string): Promise<string | null> {
    return await readFile(join(this.#folder, name), "utf8").catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw fromStorageError(error);
    });
  }

  /** Replaces a file atomically and syncs it to disk. */
  async #write(name: string, text: string): Promise<void> {
    const path = join(this.#folder, `${name}.${crypto.randomUUID()}`);
    try {
      await makeFolder(this.#folder);
      await using file = await open(path, "wx");
      await file.writeFile(text);
      await file.sync();
      await rename(path, join(this.#folder, name));
      await syncPath(this.#folder);
    } catch (error) {
      await rm(path, { force: true }).catch(() => {});
      throw fromStorageError(error);
    }
  }
}
