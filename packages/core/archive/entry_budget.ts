import { ProgImageError } from "../error.ts";
import { type ArchiveLimits, largeArchive } from "./archive_entry.ts";

/** This number of entries is always allowed, even if few bytes were sent. */
const HARMLESS_ENTRIES = 1_000;

/** Counts the entries of an archive and stops it if there are too many, in total or for the number of bytes sent. */
export class EntryBudget {
  readonly #limits: Pick<ArchiveLimits, "archiveEntries" | "entryBytes">;
  #entries = 0;
  #headers = 0;

  constructor(limits: Pick<ArchiveLimits, "archiveEntries" | "entryBytes">) {
    this.#limits = limits;
  }

  /** Counts more entries of any type, given the number of bytes sent so far. @throws {ProgImageError} `too_large` */
  add(entries: number, sent: number): void {
    this.#entries += entries;
    const { archiveEntries } = this.#limits;
    if (this.#entries > archiveEntries) throw largeArchive(archiveEntries, "entries");
    this.addHeaders(entries, sent);
  }

  /** Counts headers that are not entries but take as long to read. @throws {ProgImageError} `too_large` */
  addHeaders(headers: number, sent: number): void {
    this.#headers += headers;
    const { entryBytes } = this.#limits;
    if (this.#headers <= HARMLESS_ENTRIES + sent / entryBytes) return;
    const message = `Cannot read the archive as beyond its first ${HARMLESS_ENTRIES} entries it must be sent with at least ${entryBytes} bytes for each: it has fewer`;
    throw new ProgImageError("too_large", message, { details: { limit: entryBytes } });
  }
}
