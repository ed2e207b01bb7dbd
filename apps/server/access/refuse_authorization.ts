import { Refusal } from "../http/refusal.ts";
import type { Recogniser } from "./recogniser.ts";

/** Refuses a header `Authorization` that no other recogniser knows: a caller that has written one does not mean to be a stranger. */
export const refuseAuthorization: Recogniser = ({ headers }) => {
  if (!headers.has("authorization")) return null;
  const message =
    "Cannot recognise the caller as its header Authorization must be Bearer and a key: it is something else";
  return new Refusal("unauthenticated", message, { details: { parameter: "Authorization" } });
};
