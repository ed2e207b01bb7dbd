import { ProgImageError } from "../../error.ts";
import type { ImageOrder, ListPosition } from "./image_catalog.ts";
import { isImageId } from "../image_id.ts";

/** The keys by which listings with a cursor are ordered. */
export type CursorOrder = ImageOrder | "deletedAt";

/** Gives a place in a listing as opaque text, safe in URLs. */
export function encodeCursor(order: CursorOrder, position: ListPosition): string {
  return Buffer.from(JSON.stringify([order, position.value, position.id])).toString("base64url");
}

/**
 * Reads what {@linkcode encodeCursor} gave.
 *
 * @throws {ProgImageError} `invalid_parameter` for anything else, also for a cursor of another order
 */
export function decodeCursor(cursor: string, order: CursorOrder): ListPosition {
  const [cursorOrder, value, id] = parse(cursor);
  const type = order === "name" ? "string" : "number";
  if (cursorOrder !== order || typeof value !== type || typeof id !== "string" || !isImageId(id)) {
    throw new ProgImageError(
      "invalid_parameter",
      "Cannot read cursor: it is not the `next` of a page in this order",
      {
        details: { parameter: "cursor" },
      },
    );
  }
  return { value: value as string | number, id };
}

function parse(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
