import { afterAll } from "bun:test";
import { copyFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ProgImageError } from "../error.ts";
import { testFolder } from "../testing/testing_folder.ts";
import type { ObjectEntry, ObjectStore, PutObjectOptions, ReadObjectOptions } from "./object_store.ts";
import { objectStoreContract } from "./object_store_contract.ts";

const folder = await testFolder();
afterAll(() => folder[Symbol.asyncDispose]());

objectStoreContract(
  "FolderObjectStore",
  async () => new FolderObjectStore(join(folder.path, crypto.randomUUID())),
);

/** A sketch of what another service needs: objects as files of one folder, named by their keys in hexadecimal digits. */
class FolderObjectStore implements ObjectStore {
  readonly #folder: string;

  constructor(path: string) {
    this.#folder = path;
  }

  async put(key: string, path: string, { bytes }: PutObjectOptions): Promise<void> {
    const whole = await Bun.file(path).bytes();
    await this.#write(key, new Blob([whole.slice(0, bytes ?? whole.length)]));
  }

  async size(key: string): Promise<number | null> {
    const stats = await stat(this.#pathOf(key)).catch(() => null);
    return stats && stats.size;
  }

  async read(key: string, { total, part }: ReadObjectOptions) {
    const size = await this.size(key);
    if (size === null) return null;
    if (total !== undefined && size !== total) throw otherLength();
    const content = Bun.file(this.#pathOf(key)).slice(part?.start ?? 0, part?.end ?? size);
    return { bytes: content.size, body: content.stream() };
  }

  async copy(key: string, target: string): Promise<boolean> {
    if ((await this.size(key)) === null) return false;
    await copyFile(this.#pathOf(key), this.#pathOf(target));
    return true;
  }

  putText(key: string, text: string): Promise<void> {
    return this.#write(key, new Blob([text]));
  }

  async readText(key: string): Promise<string | null> {
    return (await this.size(key)) === null ? null : await Bun.file(this.#pathOf(key)).text();
  }

  async remove(key: string): Promise<void> {
    await rm(this.#pathOf(key), { force: true });
  }

  async *list(prefix: string, { after = null }: { readonly after?: string | null } = {}) {
    const [start, behind] = [hexOf(prefix), after === null ? "" : hexOf(after)];
    const names = (await readdir(this.#folder).catch(() => [])).filter((name) => !name.endsWith(".new"));
    for (const name of names.toSorted()) {
      if (!name.startsWith(start) || name <= behind) continue;
      const { size: bytes, mtimeMs: modifiedAt } = await stat(join(this.#folder, name));
      yield { key: Buffer.from(name, "hex").toString(), bytes, modifiedAt } satisfies ObjectEntry;
    }
  }

  async *beginnings(prefix: string, delimiter: string): AsyncGenerator<string> {
    const keys = (await Array.fromAsync(this.list(prefix))).map(({ key }) => key);
    const ends = keys.map((key) => [key, key.indexOf(delimiter, prefix.length)] as const);
    yield* new Set(ends.flatMap(([key, end]) => (end < 0 ? [] : key.slice(0, end + delimiter.length))));
  }

  async sweepUploads(): Promise<number> {
    return 0; // nothing comes in parts
  }

  async readUrl(): Promise<null> {
    return null;
  }

  async #write(key: string, content: Blob): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const path = this.#pathOf(key);
    await Bun.write(`${path}.new`, content);
    await rename(`${path}.new`, path);
  }

  #pathOf(key: string): string {
    return join(this.#folder, hexOf(key));
  }
}

function hexOf(key: string): string {
  return Buffer.from(key).toString("hex");
}

function otherLength(): ProgImageError {
  const cause = Object.assign(new Error("It has another length"), { isOtherLength: true });
  return new ProgImageError("unavailable", "Cannot read object", { cause });
}
