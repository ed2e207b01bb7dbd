import { Type } from "@sinclair/typebox";
import { pageOf } from "../shape/page_shape.ts";
import {
  answerShape,
  choiceShape,
  describedShape,
  namedShape,
  nullableShape,
  objectShape,
  optionalProperties,
} from "../shape/shape.ts";
import { SCOPES } from "./access_key.ts";

const TEXT = Type.String();
const TIME_OR_NULL = nullableShape(Type.String({ format: "date-time" }));

const SCOPE = describedShape(namedShape("Scope", choiceShape(SCOPES)), "A right that a key can have");

/** The members of a key as the API returns it. */
const KEY_PROPERTIES = {
  id: describedShape(TEXT, "It is public: signed URLs contain it"),
  tenant: describedShape(TEXT, "Empty for the first tenant"),
  scopes: Type.Array(SCOPE),
  label: nullableShape(TEXT),
  createdAt: Type.String({ format: "date-time" }),
  expiresAt: TIME_OR_NULL,
  revokedAt: describedShape(TIME_OR_NULL, "null while it is not revoked"),
  lastUsedAt: describedShape(TIME_OR_NULL, "The start of the day of its last use; null if it was never used"),
};

export const KEY_SHAPE = answerShape("Key", KEY_PROPERTIES, { description: "A key, without its secret" });

export const NEW_KEY_SHAPE = answerShape(
  "NewKey",
  {
    ...KEY_PROPERTIES,
    key: describedShape(TEXT, "The whole key. It is not shown again"),
    signingSecret: describedShape(
      TEXT,
      "For programs that sign URLs themselves. The command keys secret prints it again",
    ),
  },
  { description: "A key that has just been made" },
);

export const KEY_PAGE_SHAPE = pageOf("KeyPage", KEY_SHAPE);

/** The request for a key. */
export const KEY_REQUEST_SHAPE = describedShape(
  namedShape(
    "KeyRequest",
    objectShape({
      scopes: Type.Array(SCOPE, {
        minItems: 1,
        description: "The rights of the key. Its maker must have each of them",
      }),
      ...optionalProperties({
        label: Type.String({
          minLength: 1,
          maxLength: 200,
          format: "line",
          description: "The operator's words about it",
        }),
        expiresAt: Type.String({
          format: "date-time",
          description: "When it stops being valid: no later than its maker's key",
        }),
        tenant: Type.String({
          description: "The tenant that it belongs to, if that is another one: it needs the scope server",
        }),
      }),
    }),
  ),
  "A key to be made",
);
