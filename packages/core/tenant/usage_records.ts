/** Limits on the stored images of an owner. `null` limits nothing. */
export interface StorageLimits {
  readonly images: number | null;
  /** The sum of their bytes. */
  readonly bytes: number | null;
}

/** The stored images of an owner. Each image counts with all its bytes, deleted ones until they are released. */
export interface StorageUse {
  readonly images: number;
  readonly bytes: number;
  readonly limits: StorageLimits;
}

/** The stored images of owners, and their limits. The catalog keeps the limits in the transactions that add images. */
export interface UsageRecords {
  /** Sets the limits of an owner. Images beyond them stay, but no more can be added. */
  setLimits(owner: string, limits: StorageLimits): Promise<void>;
  /** Returns the use of an owner. It is exact. For an owner without limits it is counted, which reads an index entry of each image. */
  read(owner: string): Promise<StorageUse>;
}
