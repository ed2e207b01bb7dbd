import { parseJson, type ParseJsonOptions, ProgImageError } from "@progimage/core";
import type { Config } from "../settings/config.ts";
import { requireJson } from "./json_type.ts";
import { textOf } from "./request_body.ts";

/**
 * Reads the body of a request as a JSON object.
 *
 * @throws {Refusal} `media_type_refused`
 * @throws {ProgImageError} `invalid_request`, `too_large`
 */
export async function receiveObject(
  request: Request,
  config: Config,
): Promise<Readonly<Record<string, unknown>>> {
  requireJson(request);
  const text = await textOf(request, config.maxJsonBytes, config);
  return parseObject(text, "the body", { maxDepth: config.maxJsonDepth });
}

/** The size of an id in JSON, with quotes, a comma and some space. */
const ID_BYTES = 48;

/** Reads the body of a request that may contain many image ids. Throws as {@linkcode receiveObject} does. */
export async function receiveObjectOfIds(
  request: Request,
  config: Config,
): Promise<Readonly<Record<string, unknown>>> {
  requireJson(request);
  const limit = config.maxJsonBytes + ID_BYTES * config.maxSelectionItems;
  const text = await textOf(request, limit, config);
  return parseObject(text, "the body", { maxDepth: config.maxJsonDepth });
}

/** Parses text as a JSON object. @throws {ProgImageError} `invalid_request` with the name of the input, also for ill-formed strings */
export function parseObject(
  text: string,
  what: string,
  options: ParseJsonOptions,
): Readonly<Record<string, unknown>> {
  const json = parseJson(text, what, options);
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new ProgImageError("invalid_request", `Cannot read ${what} as it must be a JSON object`);
  }
  // Decoding produces well-formed text: only escapes can introduce a lone surrogate.
  if (/\\ud[89a-f]/i.test(text) && !isWellFormed(json)) {
    const reason = "its texts must be well-formed: one has half of a surrogate pair";
    throw new ProgImageError("invalid_request", `Cannot read ${what} as ${reason}`);
  }
  return json as Readonly<Record<string, unknown>>;
}

/** Many JSON parsers could not read an answer with a lone surrogate. @see https://www.rfc-editor.org/rfc/rfc7493#section-2.1 */
function isWellFormed(json: unknown): boolean {
  // Without recursion: untrusted input may be nested more deeply than the stack.
  const rest = [json];
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (typeof value === "string" && !value.isWellFormed()) return false;
    if (typeof value !== "object" || value === null) continue;
    for (const [name, each] of Object.entries(value)) rest.push(name, each);
  }
  return true;
}
