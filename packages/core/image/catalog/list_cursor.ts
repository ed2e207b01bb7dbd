import { ProgImageError } from "../../error.ts";
import type { ImageOrder, ListPosition } from "./image_catalog.ts";
import { isImageId } from "../image_id.ts";

/** The keys by which listings with a cursor are ordered. */
export type CursorOrder = ImageOrder | "deletedAt";

/** Returns a position in a listing as an opaque, URL-safe cursor. */
export function encodeCursor(order: CursorOrder, position: ListPosition): string {
  return Buffer.from(JSON.stringify([order, position.value, position.id])).toString("base64url");
}

/**
 * Returns the position of a cursor from {@linkcode encodeCursor}.
 *
 * @throws {ProgImageError} `invalid_parameter` for any other text, and for a cursor of another order
 */
export function decodeCursor(
  cursor: string,
  order: CursorOrder,
  isId: (id: string) => boolean = isImageId,
): ListPosition {
  const [cursorOrder, value, id] = parse(cursor);
  const type = order === "name" ? "string" : "number";
  if (cursorOrder !== order || typeof value !== type || typeof id !== "string" || !isId(id)) {
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
