import {
  answerShape,
  ATTRIBUTES_SHAPE,
  describedShape,
  IMAGE_SHAPE,
  listOf,
  namedShape,
  nullableShape,
  oneOfShape,
  optionalProperties,
  PROBLEM_SHAPE,
} from "@progimage/core";
import { Type } from "@sinclair/typebox";
import { DESCRIBED_URL_SHAPE } from "./described_url_shape.ts";

const WHOLE = Type.Integer();
const URL_TEXT = Type.String({ description: "Where an image lies" });

/** The URLs of images to store, and their attributes. */
export const UPLOAD_FROM_SHAPE = describedShape(
  namedShape(
    "UploadFrom",
    oneOfShape(
      {
        url: URL_TEXT,
        urls: Type.Array(URL_TEXT, { minItems: 1 }),
        items: Type.Array(DESCRIBED_URL_SHAPE, { minItems: 1 }),
      },
      ATTRIBUTES_SHAPE.properties,
    ),
  ),
  "Where images lie, by exactly one of url, urls and items, and what to say of them",
);

/** The outcome for one of several images of an upload. */
export const UPLOAD_ITEM_SHAPE = answerShape(
  "UploadItem",
  {
    index: describedShape(WHOLE, "Its place among what was sent, counted from 0"),
    name: describedShape(nullableShape(Type.String()), "Its name; null if that is unknown"),
    status: WHOLE,
    ...optionalProperties({ image: IMAGE_SHAPE, problem: PROBLEM_SHAPE }),
  },
  { description: "The result for one image: it has image or problem" },
);

export const UPLOAD_ITEMS_SHAPE = listOf("UploadItems", UPLOAD_ITEM_SHAPE);

/** The answer to a batch. */
export const UPLOAD_BATCH_SHAPE = answerShape("UploadBatch", {
  items: Type.Array(UPLOAD_ITEM_SHAPE),
  counts: answerShape("BatchCounts", { total: WHOLE, succeeded: WHOLE, failed: WHOLE }),
});
