import {
  answerShape,
  choiceShape,
  describedShape,
  IMAGE_SELECTION_KINDS,
  IMAGE_SHAPE,
  listOf,
  namedShape,
  objectShape,
  optionalProperties,
  PATCH_SHAPE,
  PROBLEM_SHAPE,
  shownSelection,
  shownShape,
} from "@progimage/core";
import { Type } from "@sinclair/typebox";

/** A selection of images of the repository. `selectionReader` reads it. */
export const IMAGE_SELECTION_SHAPE = shownSelection("ImageSelection", IMAGE_SELECTION_KINDS);

export const BULK_ACTIONS = ["describe", "update", "delete", "restore", "erase", "purge"] as const;

/** An action, and the images that it applies to. */
export const BULK_REQUEST_SHAPE = describedShape(
  namedShape(
    "BulkRequest",
    objectShape({
      action: choiceShape(BULK_ACTIONS),
      select: IMAGE_SELECTION_SHAPE,
      ...optionalProperties({ patch: shownShape(PATCH_SHAPE) }),
    }),
  ),
  "An action for many images. Images are restored by ids; an update has a patch, and no other action has one",
);

/** The outcome for one of many images. */
export const BULK_ITEM_SHAPE = answerShape(
  "BulkItem",
  {
    status: Type.Integer(),
    id: Type.String(),
    ...optionalProperties({ image: IMAGE_SHAPE, problem: PROBLEM_SHAPE }),
  },
  {
    description:
      "The result for one of many images: it has image or problem, or neither after it was removed",
  },
);

export const BULK_ITEMS_SHAPE = listOf("BulkItems", BULK_ITEM_SHAPE);
