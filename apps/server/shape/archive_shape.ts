import {
  choiceShape,
  describedShape,
  namedShape,
  objectShape,
  optionalProperties,
  RECIPE_SHAPE,
} from "@progimage/core";
import { IMAGE_SELECTION_SHAPE } from "./bulk_shape.ts";

/** The kind of archive. */
export const CONTAINER_SHAPE = choiceShape(["zip", "tar"]);

/** A request for many images in one answer. The recipe is read separately. */
export const ARCHIVE_REQUEST_SHAPE = describedShape(
  namedShape(
    "ArchiveRequest",
    objectShape({
      select: IMAGE_SELECTION_SHAPE,
      ...optionalProperties({ container: { ...CONTAINER_SHAPE, default: "zip" } }),
      ...RECIPE_SHAPE.properties,
    }),
  ),
  "Which images; without a recipe the originals",
);
