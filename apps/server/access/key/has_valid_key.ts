import { isProgImageError, isValidKey } from "@progimage/core";
import type { Caller } from "../caller.ts";
import type { KeyDirectory } from "../key_directory.ts";
import { builtInKey } from "../signature/built_in_key.ts";

/** The parts that {@linkcode hasValidKey} needs. */
export interface HasValidKeyParts {
  readonly keyDirectory: Pick<KeyDirectory, "find">;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Whether the key of a caller that was admitted before is still valid. Callers without a stored key have none that could be revoked. While
 * the database is down, the key counts as valid.
 */
export async function hasValidKey(
  { keyId }: Caller,
  { keyDirectory, now }: HasValidKeyParts,
): Promise<boolean> {
  if (keyId === null || builtInKey(keyId)) return true;
  try {
    const key = await keyDirectory.find(keyId);
    return key !== null && isValidKey(key, now());
  } catch (error) {
    if (isProgImageError(error)) return true;
    throw error;
  }
}
