import { Refusal } from "../http/refusal.ts";

/** HTML forms cannot send these types to another origin, and scripts need a preflight for them. */
const JSON_REGEXP = /^(?:application\/json|[a-z]+\/[\w.!#$&^-]+\+json)[\t ]*(?:;|$)/i;

/** Whether the body of a request is declared as JSON: `application/json`, or a type that ends with `+json`. */
export function isJson({ headers }: Request): boolean {
  return JSON_REGEXP.test(headers.get("content-type") ?? "");
}

const LONGEST_QUOTE = 100;

/** Refuses a body that is not declared as JSON. @throws {Refusal} `media_type_refused` */
export function requireJson(request: Request): void {
  if (isJson(request)) return;
  const type = request.headers.get("content-type");
  const found = type === null ? "there is none" : `it is ${JSON.stringify(type.slice(0, LONGEST_QUOTE))}`;
  const message = `Cannot read the body unless the request has the header "content-type: application/json": ${found}`;
  throw new Refusal("media_type_refused", message, { details: { parameter: "Content-Type" } });
}
