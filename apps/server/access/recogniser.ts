import type { ProgImageError } from "@progimage/core";
import type { Refusal } from "../http/refusal.ts";
import type { Caller } from "./caller.ts";
import type { ChargeLookUp } from "./charge_look_up.ts";

/** The caller of an allowed request, or the reason for refusing it. */
export type Admission = Caller | ProgImageError | Refusal;

/** Returns who sends a request, by one kind of evidence; the reason for refusing it; or `null` if it has no evidence of that kind. */
export type Recogniser = (
  request: Request,
  charge?: ChargeLookUp,
) => Admission | null | Promise<Admission | null>;
