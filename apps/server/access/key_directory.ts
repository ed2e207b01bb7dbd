import type { AccessKey } from "@progimage/core";
import type { ChargeLookUp } from "./charge_look_up.ts";

/** Finds the keys of callers. */
export interface KeyDirectory {
  /**
   * Returns a key as it was within the last second, also one that is revoked or has expired, or `null`. Waits only for keys that it does
   * not remember.
   *
   * @param charge Takes a token for a key that it does not remember
   * @throws {ProgImageError} `unavailable` while the database is down, for a key that it does not remember
   */
  find(id: string, charge?: ChargeLookUp): AccessKey | null | Promise<AccessKey | null>;
  /** Records that a key was used today. It does not wait for that. */
  noteUse(key: AccessKey): void;
  /** Forgets a key that this process has changed. */
  forget(id: string): void;
}
