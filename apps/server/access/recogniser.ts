import type { Admission } from "./door.ts";

/** Returns who sends a request, by one kind of evidence; the reason for refusing it; or `null` if it has no evidence of that kind. */
export type Recogniser = (request: Request) => Admission | null | Promise<Admission | null>;
