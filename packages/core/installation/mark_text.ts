import { ProgImageError } from "../error.ts";
import type { Identity, StoreClaim } from "./installation.ts";

/** The name of the file or object that holds the identity of a store, beside its blobs. */
export const MARK_NAME = "installation.json";

/** The name of the file or object that holds the last claim. */
export const CLAIM_NAME = "claim.json";

/** Returns the text of a mark or a claim. */
export function markText(value: Identity | StoreClaim): string {
  return `${JSON.stringify(value)}\n`;
}

/**
 * Reads the text of a mark.
 *
 * @throws {ProgImageError} `unavailable` for any other text: a store whose identity cannot be read must not be taken for one without
 */
export function readMark(text: string): Identity {
  const { id, counter } = parse(text);
  if (typeof id === "string" && Number.isSafeInteger(counter)) return { id, counter: counter as number };
  throw new ProgImageError(
    "unavailable",
    `Cannot read which installation the store belongs to: ${MARK_NAME} is damaged`,
  );
}

/** Reads the text of a claim. One that cannot be read is a claim too. */
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
