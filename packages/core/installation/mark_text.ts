import { ProgImageError } from "../error.ts";
import type { Identity, StoreClaim } from "./installation.ts";

/** The name of the file or object that holds the identity of a store, beside its blobs. */
export const MARK_NAME = "installation.json";

/** The name of the file or object that holds the last claim. */
export const CLAIM_NAME = "claim.json";

/** The identity of a store cannot be read. The store must not be treated as one without an identity. */
export class DamagedMarkError extends ProgImageError {
  constructor() {
    super("unavailable", `Cannot read which installation the store belongs to: ${MARK_NAME} is damaged`);
  }
}

/** Returns the text of a mark or a claim. */
export function markText(value: Identity | StoreClaim): string {
  return `${JSON.stringify(value)}\n`;
}

/**
 * Reads the text of a mark.
 *
 * @throws {DamagedMarkError} if it is not valid
 */
export function readMark(text: string): Identity {
  const { id, counter } = parse(text);
  if (typeof id === "string" && Number.isSafeInteger(counter)) return { id, counter: counter as number };
  throw new DamagedMarkError();
}

/** Reads the text of a claim. An unreadable claim still counts as one. */
export function readClaim(text: string): StoreClaim {
  const { id, at } = parse(text);
  return { id: typeof id === "string" ? id : null, at: typeof at === "number" ? at : 0 };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
