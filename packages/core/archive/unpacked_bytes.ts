import type { ProgImageError } from "../error.ts";
import { type ArchiveLimits, largeArchive } from "./archive_entry.ts";

/** This number of bytes is always allowed, at any compression ratio. */
const HARMLESS_BYTES = 10_000_000;

/** Counts the unpacked bytes of an archive and stops it if there are too many, in total or for the number of bytes sent. */
export class UnpackedBytes {
  readonly #limits: Pick<ArchiveLimits, "unpackedBytes" | "unpackedRatio">;
  #bytes = 0;
  #failure: ProgImageError | null = null;

  constructor(limits: Pick<ArchiveLimits, "unpackedBytes" | "unpackedRatio">) {
    this.#limits = limits;
  }

  /** Counts more unpacked bytes, given the number of bytes sent so far. @throws {ProgImageError} `too_large` */
  add(bytes: number, sent: number): void {
    this.#bytes += bytes;
    const { unpackedBytes, unpackedRatio } = this.#limits;
    if (this.#bytes > unpackedBytes) this.#failure = largeArchive(unpackedBytes, "bytes unpacked");
    else if (this.#bytes > HARMLESS_BYTES + sent * unpackedRatio)
      this.#failure = largeArchive(unpackedRatio, "times as many bytes unpacked");
    this.check();
  }

  /** Throws the error of {@linkcode UnpackedBytes.add} again, if there was one. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }
}
