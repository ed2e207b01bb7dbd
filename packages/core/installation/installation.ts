/** The installation that a database or a store belongs to, and its progress. */
export interface Identity {
  /** A UUID. */
  readonly id: string;
  /** Increased by every start, sweep and backup, first in the database, then in the store. The lower of two is the older state. */
  readonly counter: number;
}

/** Why a database does not sweep. Until it is compared with its store, it may lack images whose bytes are in the store. */
export type SweepPause = "behind" | "restored" | "strays";

/** The installation as recorded in its database. */
export interface Installation extends Identity {
  /** `null` if sweeps run. */
  readonly pause: SweepPause | null;
  /** The number of blobs quarantined since the sweep last began at the first shard of the store. */
  readonly strays: number;
  /** The key that the scrub has reached; empty at the start of a pass. */
  readonly scrubbedTo: string;
}

/** Changes for {@linkcode InstallationRecord.update}. */
export type InstallationChanges = Partial<Pick<Installation, "counter" | "pause" | "scrubbedTo" | "strays">>;

/** The identity of a database. */
export interface InstallationRecord {
  /** Returns the installation, or `null` if the database belongs to none: it is new or of an earlier version. */
  read(): Promise<Installation | null>;
  /** Assigns the database to an installation unless it has one. Returns the installation that it belongs to. */
  adopt(identity: Identity, pause?: SweepPause | null): Promise<Installation>;
  /** Increases the counter by one. Returns the updated installation. */
  raise(): Promise<Installation>;
  update(changes: InstallationChanges): Promise<void>;
  /** Returns up to this many keys of recorded blobs, evenly spread; none for a new database. */
  sampleKeys(limit: number): Promise<readonly string[]>;
}

/** The identity of a store of blobs, kept beside them. */
export interface StoreMark {
  /** Returns the identity, or `null` for a store without one. */
  read(): Promise<Identity | null>;
  /** Writes the identity. Once this resolves, it survives a crash. */
  write(identity: Identity): Promise<void>;
  /** Records that another installation has tried to use the store. */
  claim(claim: StoreClaim): Promise<void>;
  /** Returns the last claim, or `null`. */
  readClaim(): Promise<StoreClaim | null>;
  dropClaim(): Promise<void>;
}

/** An installation that was refused access to a store. */
export interface StoreClaim {
  /** Its identity; `null` if it had none yet. */
  readonly id: string | null;
  /** In milliseconds since 1970. */
  readonly at: number;
}
