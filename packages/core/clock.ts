/** The clock by which leases and expiry go: that of the database, which all nodes share. */
export interface Clock {
  /** Returns the time in milliseconds since 1970. */
  readonly now: () => number;
  /**
   * Asks the database for its time.
   *
   * @throws {ProgImageError} `busy` or `unavailable`
   */
  readonly sync: () => Promise<void>;
  /** Returns by how many milliseconds the clock of this machine is ahead; negative if it is behind, `null` as long as that is not known. */
  readonly lead: () => number | null;
}

/** The clock of a database in files or in memory: that of this machine. */
export const MACHINE_CLOCK: Clock = { now: Date.now, sync: async () => {}, lead: () => 0 };
