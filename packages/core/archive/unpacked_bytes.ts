import type { ProgImageError } from "../error.ts";
import { type ArchiveLimits, largeArchive } from "./archive_entry.ts";

/** So small that it harms nobody however much it was packed. */
const HARMLESS_BYTES = 10_000_000;

/** Counts what an archive becomes while it is unpacked, and stops one that becomes far too much of what was sent. */
export class UnpackedBytes {
  readonly #limits: Pick<ArchiveLimits, "unpackedBytes" | "unpackedRatio">;
  #bytes = 0;
  #failure: ProgImageError | null = null;

  constructor(limits: Pick<ArchiveLimits, "unpackedBytes" | "unpackedRatio">) {
    this.#limits = limits;
  }

  /** Counts more bytes, from so many that were sent. @throws {ProgImageError} `too_large` */
  add(bytes: number, sent: number): void {
    this.#bytes += bytes;
    const { unpackedBytes, unpackedRatio } = this.#limits;
    if (this.#bytes > unpackedBytes) this.#failure = largeArchive(unpackedBytes, "bytes unpacked");
    else if (this.#bytes > HARMLESS_BYTES + sent * unpackedRatio)
      this.#failure = largeArchive(unpackedRatio, "times as many bytes unpacked");
    this.check();
  }

  /** Throws again what {@linkcode UnpackedBytes.add} has thrown. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }
}
