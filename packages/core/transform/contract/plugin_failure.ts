import { type ErrorDetails, isProgImageError, ProgImageError } from "../../error.ts";

/** The codes with which a plugin may reject a request. They report an error in the request; all others are reserved for the server. */
const REFUSAL_CODES: ReadonlySet<string> = new Set([
  "conflicting_parameters",
  "invalid_parameter",
  "too_costly",
  "too_many_pixels",
]);

/** The most characters of a plugin's message that a caller receives. */
const MESSAGE_CHARACTERS = 1_000;

/**
 * Returns the error for an exception in a plugin's code: its own refusal, or `plugin_failed`, which names the transform.
 *
 * @param part The function of the transform that threw, or nothing for `apply`.
 */
export function pluginError(transform: string, error: unknown, part?: string): ProgImageError {
  if (isProgImageError(error) && REFUSAL_CODES.has(error.code)) return refusal(error);
  const name = part ? `"${part}" of transform "${transform}"` : `transform "${transform}"`;
  return new ProgImageError("plugin_failed", `Cannot process image as ${name} failed`, { cause: error });
}

/** Callers see the details of an error beside its status and code, which plugins must not set. */
function refusal({ cause, code, details, message }: ProgImageError): ProgImageError {
  const text = String(message).slice(0, MESSAGE_CHARACTERS);
  return new ProgImageError(code, text, { cause, details: knownDetails(details) });
}

function knownDetails(details: ErrorDetails | undefined): ErrorDetails {
  const { parameter, limit, known, suggestion } = details ?? {};
  return {
    ...(typeof parameter === "string" && { parameter }),
    ...(typeof limit === "number" && { limit }),
    ...(Array.isArray(known) && { known: known.map(String) }),
    ...(typeof suggestion === "string" && { suggestion }),
  };
}
