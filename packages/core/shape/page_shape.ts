import { type TSchema, Type } from "@sinclair/typebox";
import { answerShape, describedShape, nullableShape } from "./shape.ts";

/** Returns the shape of a page of a list. */
export function pageOf<Entry extends TSchema>(name: string, entry: Entry) {
  return answerShape(name, {
    items: Type.Array(entry),
    next: describedShape(nullableShape(Type.String()), "The cursor of the next page; null on the last one"),
  });
}

/** Returns the shape of a list without pages. */
export function listOf<Entry extends TSchema>(name: string, entry: Entry) {
  return answerShape(name, { items: Type.Array(entry) });
}
