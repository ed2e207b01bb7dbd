/**
 * The record of which key holds the bytes of which digest, and of which bytes nobody needs any more. A digest on record has
 * its bytes in the store: they come before the record and go after it.
 *
 * Images refer to blobs by digest. What loses its last image becomes *idle*; what stays idle is *condemned*; what is still
 * condemned later is *released*, and only then its bytes go. An upload of the same bytes sets all of that back.
 */
export interface BlobLedger {
  /** Gives the key on record for a digest and begins its idle time anew, so that an upload can count on it; or `null`. */
  touch(digest: string): Promise<string | null>;
  /** Condemns blobs that no image refers to and that have been idle since before a time. Gives how many. */
  condemn(idleBefore: number, limit: number): Promise<number>;
  /** Strikes off blobs condemned before a time that no image refers to. Gives their keys, whose bytes can go. */
  release(condemnedBefore: number, limit: number): Promise<readonly string[]>;
  /** Gives those of the keys that are on record. */
  known(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Takes or renews a named lease. Gives `false` while somebody else holds it. */
  lease(name: string, holder: string, duration: number): Promise<boolean>;
}
