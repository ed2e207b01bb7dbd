import {
  answerShape,
  describedShape,
  namedShape,
  nullableShape,
  oneOfShape,
  shownShape,
} from "@progimage/core";
import { Type } from "@sinclair/typebox";
import { IMAGE_SELECTION_SHAPE } from "./bulk_shape.ts";

/** A selection of images to purge. */
export const PURGE_REQUEST_SHAPE = describedShape(
  namedShape(
    "PurgeRequest",
    oneOfShape({
      select: IMAGE_SELECTION_SHAPE,
      tag: shownShape(
        Type.String({
          minLength: 1,
          maxLength: 128,
          format: "line",
          description: "Another name of the filter by a tag",
        }),
      ),
    }),
  ),
  "Exactly one of its properties",
);

export const PURGED_SHAPE = answerShape("Purged", {
  purged: describedShape(nullableShape(Type.Integer()), "How many images there were; null for all of them"),
  missing: Type.Array(Type.String(), { description: "Ids that were named, of which there is no image" }),
});
