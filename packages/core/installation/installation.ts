/** Which installation a database or a store belongs to, and how far it has come. */
export interface Identity {
  /** A UUID. */
  readonly id: string;
  /** Raised by every start, sweep and backup, first in the database, then in the store: the lower of two is the older state. */
  readonly counter: number;
}

/** Why a database does not sweep: until it was compared with its store, it may lack images whose bytes are there. */
export type SweepPause = "behind" | "restored" | "strays";

/** The installation as its database records it. */
export interface Installation extends Identity {
  /** `null` while the storage is swept. */
  readonly pause: SweepPause | null;
  /** Blobs that were set aside since the sweep last began with the first part of the store. */
  readonly strays: number;
  /** The key that the scrub has reached; empty at the beginning of a pass. */
  readonly scrubbedTo: string;
}

/** Changes for {@linkcode InstallationRecord.update}. */
export type InstallationChanges = Partial<Pick<Installation, "counter" | "pause" | "scrubbedTo" | "strays">>;

/** The identity of a database. */
export interface InstallationRecord {
  /** Returns the installation, or `null` for a database that belongs to none, be it new or of an earlier version. */
  read(): Promise<Installation | null>;
  /** Makes the database that of an installation, unless it belongs to one. Returns the one that it belongs to then. */
  adopt(identity: Identity, pause?: SweepPause | null): Promise<Installation>;
  /** Raises the counter by one. Returns the installation after it. */
  raise(): Promise<Installation>;
  update(changes: InstallationChanges): Promise<void>;
  /** Returns up to so many keys of blobs on record, evenly spread; none for a new database. */
  sampleKeys(limit: number): Promise<readonly string[]>;
}

/** The identity of a store of blobs, kept beside them. */
export interface StoreMark {
  /** Returns the identity, or `null` for a store that has none. */
  read(): Promise<Identity | null>;
  /** Writes the identity. When it resolves, the identity survives a crash. */
  write(identity: Identity): Promise<void>;
  /** Leaves word that another installation has tried to use the store. */
  claim(claim: StoreClaim): Promise<void>;
  /** Returns the last claim, or `null`. */
  readClaim(): Promise<StoreClaim | null>;
  dropClaim(): Promise<void>;
}

/** An installation that was turned away from a store. */
export interface StoreClaim {
  /** Its identity; `null` if it had none yet. */
  readonly id: string | null;
  /** In milliseconds since 1970. */
  readonly at: number;
}
