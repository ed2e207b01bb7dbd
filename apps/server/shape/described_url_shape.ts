import { ATTRIBUTES_SHAPE, namedShape, objectShape } from "@progimage/core";
import { Type } from "@sinclair/typebox";

/** An image at a URL, in a list of such images, with attributes of its own. */
export const DESCRIBED_URL_SHAPE = namedShape(
  "DescribedUrl",
  objectShape({
    url: Type.String({ description: "Where the image lies" }),
    idempotencyKey: Type.Optional(
      Type.String({
        pattern: "^[!-~]{1,255}$",
        description: "The key of this image alone, instead of the header Idempotency-Key",
      }),
    ),
    ...ATTRIBUTES_SHAPE.properties,
  }),
);
