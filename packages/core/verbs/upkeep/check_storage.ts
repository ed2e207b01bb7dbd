import type { BlobImage, LedgerEntry } from "../../blob/blob_ledger.ts";
import { digestOfKey, ownerTagOfKey, SHARDS } from "../../blob/blob_store.ts";
import { type BlobCheck, checkBlob, checkContent } from "../../blob/check_blob.ts";
import { BlobChecker } from "../../blob/check_blobs.ts";
import { type BlobListing, readListing } from "../../check/blob_listing.ts";
import { recoverImage, type RecoverPorts } from "../../check/recover_image.ts";
import type { Ports } from "../../ports.ts";
import { ownerTag } from "../../tenant/owner_tag.ts";
import { findStorageFault, raiseCounter, type StorageFaultCode } from "./storage_fault.ts";

/** Ports of {@linkcode checkStorage}. */
export type CheckStoragePorts = RecoverPorts &
  Pick<Ports, "installation" | "ledger" | "mark" | "removals"> & {
    readonly jobs: Pick<Ports["jobs"], "staged">;
  };

/** Options for {@linkcode checkStorage}. */
export interface CheckStorageOptions {
  /** Whether to compare only names and lengths, not bytes. @default {false} */
  readonly isQuick?: boolean;
  /** Whether to turn blobs without a record into images again. @default {false} unless the sweep is paused */
  readonly recovers?: boolean;
  /** The owners, besides the first one, to whom blobs without a record can belong. Blobs of others are not recovered. @default {[]} */
  readonly owners?: readonly string[];
  readonly onProgress?: (progress: CheckProgress) => void;
}

/** The progress of a check. */
export interface CheckProgress {
  /** How many of the 256 parts of the store are done. */
  readonly shards: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly repaired: number;
  readonly recovered: number;
  readonly left: number;
}

/** A problem with a blob on record. */
export interface CheckFinding {
  readonly key: string;
  readonly state: "cut" | "damaged" | "missing";
  /** Where intact bytes were found; `null` if there were none. */
  readonly repairedFrom: "another copy" | "quarantine" | null;
  /** The first hundred images with these bytes. */
  readonly images: readonly BlobImage[];
}

/** The result of a check. */
export interface CheckedStorage extends Omit<CheckProgress, "shards"> {
  /** The fault that paused the sweep before the check. */
  readonly fault: StorageFaultCode | null;
  /** The first thousand problems. */
  readonly findings: readonly CheckFinding[];
  /** Blobs without a record that are left to the sweep. */
  readonly strays: number;
  /** Blobs without a record that may belong to uploads in progress. */
  readonly recent: number;
  /** Blobs in quarantine. */
  readonly aside: number;
  /** Blobs without a record that were not recovered, as their owner has reached a limit. They are also strays or in quarantine. */
  readonly overQuota: number;
  /** Files that are not blobs, the first ten of each part. */
  readonly foreign: readonly string[];
}

const PAGE = 1_000;
const MAX_FINDINGS = 1_000;
const MAX_IMAGES = 100;
const MAX_FOREIGN = 10;

/** A younger blob without a record may belong to an upload in progress, which records it within ten seconds. */
const RECENT_MILLISECONDS = 15_000;

/**
 * Compares the catalog, the ledger and the store of blobs, repairs as much as possible, and resumes the sweep. Servers may use
 * both meanwhile.
 *
 * - Missing or damaged bytes on record are restored from the quarantine or from another copy, or else recorded as damaged.
 * - Blobs without a record, including those in quarantine, become images again if the database has lost them.
 *
 * @throws {ProgImageError} `unavailable` if the store or the database does not answer
 */
export async function checkStorage(
  ports: CheckStoragePorts,
  options: CheckStorageOptions = {},
): Promise<CheckedStorage> {
  const fault = await findStorageFault(ports);
  const { isQuick = false, recovers = fault !== null, owners = [] } = options;
  using checker = new BlobChecker(ports.blobs);
  const check = new StorageCheck(ports, checker, { ...options, isQuick, recovers, owners });
  for (const shard of SHARDS) await check.run(shard);
  await resume(ports);
  return { ...check.result, fault: fault?.code ?? null };
}

/** Resumes the sweep and makes both counters equal. */
async function resume({ installation, mark }: Pick<Ports, "installation" | "mark">): Promise<void> {
  const [own, stored] = [await installation.read(), await mark.read()];
  const counter = Math.max(own?.counter ?? 0, stored?.counter ?? 0);
  await installation.update({ counter, pause: null, strays: 0 });
  await raiseCounter({ installation, mark });
  await mark.dropClaim();
}

type Checking = Required<Pick<CheckStorageOptions, "isQuick" | "owners" | "recovers">> &
  Pick<CheckStorageOptions, "onProgress">;

class StorageCheck {
  readonly #ports: CheckStoragePorts;
  readonly #checker: BlobChecker;
  readonly #options: Checking;
  readonly #counts = { shards: 0, blobs: 0, bytes: 0, repaired: 0, recovered: 0, left: 0 };
  readonly #others = { strays: 0, recent: 0, aside: 0, overQuota: 0 };
  readonly #findings: CheckFinding[] = [];
  readonly #foreign: string[] = [];
  /** Owners by their tags. */
  readonly #owners: ReadonlyMap<string, string>;

  constructor(ports: CheckStoragePorts, checker: BlobChecker, options: Checking) {
    this.#ports = ports;
    this.#checker = checker;
    this.#options = options;
    this.#owners = new Map(["", ...options.owners].map((owner) => [ownerTag(owner), owner]));
  }

  get result(): Omit<CheckedStorage, "fault"> {
    const { shards: _shards, ...counts } = this.#counts;
    return { ...counts, ...this.#others, findings: this.#findings, foreign: this.#foreign };
  }

  /** Checks one of the 256 parts. */
  async run(shard: string): Promise<void> {
    const { blobs } = this.#ports;
    // The ledger is read first, as bytes are in the store before they are on record.
    const recorded = await this.#recorded(shard);
    const stored = await readListing(blobs.list(shard));
    const aside = await readListing(blobs.quarantine.list(shard));
    const part = new Part(stored, aside);
    this.#foreign.push(...stored.foreign.slice(0, MAX_FOREIGN));
    await this.#checkRecorded(recorded, part);
    await this.#lookAtOthers(recorded, part);
    this.#counts.shards++;
    this.#report();
  }

  async #recorded(shard: string): Promise<readonly LedgerEntry[]> {
    const all: LedgerEntry[] = [];
    for (let after = ""; ;) {
      const page = await this.#ports.ledger.page(shard, { after, limit: PAGE });
      all.push(...page);
      if (page.length < PAGE) return all;
      after = page.at(-1)?.key ?? "";
    }
  }

  async #checkRecorded(recorded: readonly LedgerEntry[], part: Part): Promise<void> {
    const entries = new Map(recorded.map((entry) => [entry.key, entry]));
    const whole: string[] = [];
    for (const { key, bytes } of recorded) {
      const found = part.stored.entries.get(key);
      if (!found) await this.#repair(key, "missing", part);
      else if (bytes !== null && bytes !== found.bytes) await this.#repair(key, "cut", part);
      else whole.push(key);
    }
    if (this.#options.isQuick) {
      this.#counts.blobs += whole.length;
      return;
    }
    for await (const check of this.#checker.check(whole)) await this.#settle(check, entries, part);
  }

  async #settle(
    { key, state, bytes }: BlobCheck,
    entries: ReadonlyMap<string, LedgerEntry>,
    part: Part,
  ): Promise<void> {
    this.#counts.blobs++;
    this.#counts.bytes += bytes;
    if (state !== "whole") await this.#repair(key, state, part);
    else if (entries.get(key)?.isDamaged) await this.#ports.ledger.setDamaged(key, false);
    this.#report();
  }

  /** Restores intact bytes from elsewhere, or records that there are none. */
  async #repair(key: string, state: CheckFinding["state"], part: Part): Promise<void> {
    const { ledger } = this.#ports;
    // A blob that was removed from the ledger since the listing needs no bytes.
    if (!(await ledger.known([key])).has(key)) return;
    // A repair may replace the key.
    const images = await ledger.images(key, MAX_IMAGES);
    const repairedFrom = await this.#findBytes(key, part);
    if (repairedFrom) this.#counts.repaired++;
    else {
      this.#counts.left++;
      await ledger.setDamaged(key, true);
    }
    if (this.#findings.length >= MAX_FINDINGS) return;
    this.#findings.push({ key, state, repairedFrom, images });
  }

  async #findBytes(key: string, part: Part): Promise<CheckFinding["repairedFrom"]> {
    const { blobs, ledger } = this.#ports;
    for (const candidate of part.aside.like(key)) {
      if (!(await this.#isWholeAside(candidate)) || !(await blobs.quarantine.restore(candidate))) continue;
      if (candidate !== key) await ledger.replace(key, candidate);
      else await ledger.setDamaged(key, false);
      part.use(candidate);
      return "quarantine";
    }
    for (const candidate of part.stored.like(key)) {
      if (candidate === key || !(await this.#isWhole(candidate))) continue;
      await ledger.replace(key, candidate);
      part.use(candidate);
      return "another copy";
    }
    return null;
  }

  /** Classifies blobs that are not on record, and recovers them if possible. */
  async #lookAtOthers(recorded: readonly LedgerEntry[], part: Part): Promise<void> {
    const { jobs, ledger, removals } = this.#ports;
    const known = new Set(recorded.map(({ key }) => key));
    const isLeft = (key: string) => !known.has(key) && !part.isUsed(key);
    const unknown = [...part.stored.entries.keys()].filter(isLeft);
    const aside = [...part.aside.entries.keys()].filter((key) => !part.isUsed(key));
    const all = [...unknown, ...aside];
    const staged = await jobs.staged(all);
    const removed = await removals.among(all);
    for (const key of all) {
      const isAside = part.aside.entries.has(key);
      if (staged.has(key) || removed.has(key) || (await ledger.known([key])).has(key)) continue;
      if (!isAside && this.#isRecent(part.stored.entries.get(key)?.publishedAt)) this.#others.recent++;
      else if (this.#options.recovers && (await this.#recover(key, isAside))) this.#counts.recovered++;
      else if (isAside) this.#others.aside++;
      else this.#others.strays++;
    }
  }

  #isRecent(publishedAt = 0): boolean {
    return publishedAt > this.#ports.now() - RECENT_MILLISECONDS;
  }

  /** Recovers an image from a blob without a record, unless its owner is unknown or has the bytes on record under another key. */
  async #recover(key: string, isAside: boolean): Promise<boolean> {
    const { blobs, ledger } = this.#ports;
    const owner = this.#owners.get(ownerTagOfKey(key));
    if (owner === undefined || (await ledger.of(owner).touch(digestOfKey(key)))) return false;
    if (!(await (isAside ? this.#isWholeAside(key) : this.#isWhole(key)))) return false;
    if (isAside && !(await blobs.quarantine.restore(key))) return false;
    const bytes = (await blobs.open(key))?.size ?? 0;
    const outcome = await recoverImage(this.#ports, { key, bytes, owner });
    if (outcome === "recovered") return true;
    if (outcome === "over_quota") this.#others.overQuota++;
    // Bytes that are no image now return to the quarantine.
    if (isAside) await blobs.quarantine.put(key);
    return false;
  }

  async #isWhole(key: string): Promise<boolean> {
    return (await checkBlob(this.#ports.blobs, key)).state === "whole";
  }

  async #isWholeAside(key: string): Promise<boolean> {
    const content = await this.#ports.blobs.quarantine.open(key);
    return content !== null && (await checkContent(key, content)).state === "whole";
  }

  #report(): void {
    this.#options.onProgress?.({ ...this.#counts });
  }
}

/** One of the 256 parts of a store. */
class Part {
  readonly stored: BlobListing;
  readonly aside: BlobListing;
  readonly #used = new Set<string>();

  constructor(stored: BlobListing, aside: BlobListing) {
    this.stored = stored;
    this.aside = aside;
  }

  /** Marks a blob as being on record. */
  use(key: string): void {
    this.#used.add(key);
  }

  isUsed(key: string): boolean {
    return this.#used.has(key);
  }
}
