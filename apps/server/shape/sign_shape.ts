import {
  answerShape,
  ATTRIBUTES_SHAPE,
  describedShape,
  namedShape,
  objectShape,
  oneOfShape,
  optionalProperties,
} from "@progimage/core";
import { Type } from "@sinclair/typebox";
import { UPLOAD_TERMS_SHAPE } from "./upload_terms_shape.ts";

/** The most URLs that one request signs. */
const MOST_URLS = 1_000;

/** The longest path and query that is signed, in characters: the server accepts 16 KB of URL and headers. */
export const LONGEST_SIGNED = 8_192;

const URL_TEXT = Type.String({
  minLength: 1,
  maxLength: LONGEST_SIGNED,
  description: "A URL of this server, such as href, or its path and query",
});

/** The terms and attributes of an upload token. */
const UPLOAD_SHAPE = describedShape(
  namedShape(
    "UploadToken",
    objectShape({ ...UPLOAD_TERMS_SHAPE.properties, ...ATTRIBUTES_SHAPE.properties }),
  ),
  "Makes an upload token: its terms, and the attributes of the image, of which its owner can only choose name and focalPoint",
);

const SECONDS = Type.Integer({ minimum: 1, description: "Seconds from now until the signature ends" });

const TIME = Type.String({
  format: "date-time",
  description: "When the signature ends, instead of expiresIn. Fractions of a second are dropped",
});

/** How long a signature is valid. */
export const SIGNATURE_LIFE_SHAPE = objectShape(optionalProperties({ expiresIn: SECONDS, expiresAt: TIME }));

/** A request to sign URLs, or to make an upload token. */
export const SIGN_REQUEST_SHAPE = describedShape(
  namedShape(
    "SignRequest",
    oneOfShape(
      {
        url: URL_TEXT,
        urls: Type.Array(URL_TEXT, { minItems: 1, maxItems: MOST_URLS }),
        upload: UPLOAD_SHAPE,
      },
      SIGNATURE_LIFE_SHAPE.properties,
    ),
  ),
  "Exactly one of url, urls and upload, and how long the signature is valid",
);

const SIGNED_URL = Type.String({ description: "With the signature as its last parameters" });

export const SIGNED_SHAPE = answerShape("Signed", {
  ...optionalProperties({
    url: SIGNED_URL,
    urls: Type.Array(SIGNED_URL, { description: "In the order of the request" }),
  }),
  method: Type.String({ description: "The method that is allowed: GET, which also allows HEAD, or POST" }),
  expiresAt: Type.String({ format: "date-time", description: "When the signature ends" }),
});
