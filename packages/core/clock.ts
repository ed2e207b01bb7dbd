/** The clock for leases and expiry: that of the database, which all nodes share. */
export interface Clock {
  /** Returns the time in milliseconds since 1970. */
  readonly now: () => number;
  /**
   * Reads the time of the database.
   *
   * @throws {ProgImageError} `busy` or `unavailable`
   */
  readonly sync: () => Promise<void>;
  /** Returns how many milliseconds the clock of this machine is ahead: negative if it is behind, `null` until known. */
  readonly lead: () => number | null;
}

/** The clock of a database in files or in memory, which is the clock of this machine. */
export const MACHINE_CLOCK: Clock = { now: Date.now, sync: async () => {}, lead: () => 0 };
