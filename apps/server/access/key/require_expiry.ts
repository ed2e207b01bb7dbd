import { Refusal } from "../../http/refusal.ts";
import type { Caller } from "../caller.ts";
import type { KeyDirectory } from "../key_directory.ts";

/**
 * Asks that a new key expires no later than the key of its maker: otherwise access for a limited time could be made unlimited.
 *
 * @throws {Refusal} `forbidden`
 */
export async function requireExpiry(
  expiresAt: number | null,
  { keyId }: Caller,
  directory: Pick<KeyDirectory, "find">,
): Promise<void> {
  const maker = keyId === null ? null : await directory.find(keyId);
  const latest = maker?.expiresAt ?? null;
  if (latest === null || (expiresAt !== null && expiresAt <= latest)) return;
  const time = new Date(latest).toISOString();
  throw new Refusal(
    "forbidden",
    `Cannot make key that outlives yours: set expiresAt to ${time} or earlier, or have an operator run bun start keys create`,
    { details: { parameter: "expiresAt" } },
  );
}
