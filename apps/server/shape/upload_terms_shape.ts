import { choiceShape, type JsonOf, objectShape, optionalProperties, SOURCE_FORMATS } from "@progimage/core";
import { Type } from "@sinclair/typebox";

/** The terms of an upload token, besides the attributes of the image. */
export const UPLOAD_TERMS_SHAPE = objectShape(
  optionalProperties({
    maxBytes: Type.Integer({ minimum: 1, description: "The most bytes that the image may have" }),
    formats: Type.Array(choiceShape(SOURCE_FORMATS), {
      minItems: 1,
      maxItems: SOURCE_FORMATS.length,
      description: "The formats that the image may have, by its bytes",
    }),
    once: Type.Boolean({ description: "Whether the token allows one image only. Default: any number" }),
  }),
);

/** The terms of an upload token. */
export type UploadTerms = JsonOf<typeof UPLOAD_TERMS_SHAPE>;
