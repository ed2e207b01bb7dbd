import { setImmediate } from "node:timers/promises";
import { ProgImageError } from "../error.ts";
import type {
  ListObjectsOptions,
  ObjectEntry,
  ObjectStore,
  PutObjectOptions,
  ReadObject,
  ReadObjectOptions,
} from "./object_store.ts";

interface MemoryObject {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly modifiedAt: number;
}

/** Objects in memory, for tests and trials. */
export class MemoryObjectStore implements ObjectStore {
  readonly #objects = new Map<string, MemoryObject>();
  /** All keys in the order of their bytes; `null` after a change. */
  #sorted: readonly string[] | null = null;

  async put(key: string, path: string, { bytes }: PutObjectOptions): Promise<void> {
    const whole = await Bun.file(path).bytes();
    this.#keep(key, whole.slice(0, bytes ?? whole.length));
  }

  async size(key: string): Promise<number | null> {
    return this.#objects.get(key)?.bytes.length ?? null;
  }

  async read(key: string, { total, part, signal }: ReadObjectOptions): Promise<ReadObject | null> {
    signal?.throwIfAborted();
    const found = this.#objects.get(key)?.bytes;
    if (!found) return null;
    if (total !== undefined && found.length !== total) throw otherLength(found.length, total);
    const bytes = part ? found.slice(part.start, part.end) : found;
    return { bytes: bytes.length, body: new Blob([bytes]).stream() };
  }

  async copy(key: string, target: string): Promise<boolean> {
    const found = this.#objects.get(key);
    if (found) this.#keep(target, found.bytes);
    return found !== undefined;
  }

  async putText(key: string, text: string): Promise<void> {
    this.#keep(key, new TextEncoder().encode(text));
  }

  async readText(key: string): Promise<string | null> {
    const found = this.#objects.get(key);
    return found ? new TextDecoder().decode(found.bytes) : null;
  }

  async remove(key: string): Promise<void> {
    this.#objects.delete(key);
    this.#sorted = null;
  }

  async *list(prefix: string, { after = null }: ListObjectsOptions = {}): AsyncGenerator<ObjectEntry> {
    // Other work has its turn, as while a request is under way.
    await setImmediate();
    for (const key of this.#keys(prefix)) {
      const found = this.#objects.get(key);
      if (found && (after === null || inOrderOfBytes(key, after) > 0))
        yield { key, bytes: found.bytes.length, modifiedAt: found.modifiedAt };
    }
  }

  async *beginnings(prefix: string, delimiter: string): AsyncGenerator<string> {
    const ends = this.#keys(prefix).map((key) => [key, key.indexOf(delimiter, prefix.length)] as const);
    yield* new Set(ends.flatMap(([key, end]) => (end < 0 ? [] : key.slice(0, end + delimiter.length))));
  }

  async sweepUploads(): Promise<number> {
    return 0;
  }

  async readUrl(): Promise<null> {
    return null;
  }

  #keep(key: string, bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.#objects.has(key)) this.#sorted = null;
    this.#objects.set(key, { bytes, modifiedAt: Date.now() });
  }

  #keys(prefix: string): readonly string[] {
    this.#sorted ??= [...this.#objects.keys()].toSorted(inOrderOfBytes);
    return this.#sorted.filter((key) => key.startsWith(prefix));
  }
}

function inOrderOfBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function otherLength(length: number, total: number): ProgImageError {
  const cause = Object.assign(new Error(`The object must have ${total} bytes: it has ${length}`), {
    isOtherLength: true,
  });
  return new ProgImageError("unavailable", "Cannot read stored bytes as their number is wrong", { cause });
}
