import { certificateFault } from "../../certificate_error.ts";
import { type ErrorCode, ProgImageError } from "../../error.ts";

/** Seconds after which a retry makes sense. */
const RETRY_AFTER = { busy: 2, unavailable: 5 } as const;

/**
 * SQLSTATEs of a server that is overloaded, or whose rows others have locked.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const BUSY_STATES: ReadonlySet<string> = new Set([
  "25P03", // idle in a transaction for too long
  "40001", // serialization failure
  "40P01", // deadlock
  "53200", // out of memory
  "53300", // too many connections
  "55P03", // lock not available
  "57014", // statement timeout
]);

/**
 * SQLSTATEs of a server that cannot work or rejects the client: broken connections, a full disk, a stop, a crash, a start, a standby. Also
 * those of a pooler that mixes up sessions, so that a prepared statement already exists or is missing.
 */
const UNAVAILABLE_STATE_REGEXP = /^(?:08\w{3}|25006|26000|28\w{3}|3D000|42P05|53100|57P0\w|58\w{3})$/;

/** Error codes of Bun for failures before, between and after messages of the server. */
const UNAVAILABLE_CODE_REGEXP = /^ERR_POSTGRES_(?:CONNECTION|IDLE|LIFETIME|AUTHENTICATION|TLS|SASL)/;

/**
 * Returns the error to throw for an error of Postgres: a `ProgImageError` if the server or the connection is at fault, else the same error.
 * Neither its message nor its cause names an address, a statement or its parameters.
 */
export function explainPostgresError(error: unknown): unknown {
  const code = failureOf(error);
  return code ? databaseFailure(code, causes(error).at(-1)) : error;
}

/** A fault that Postgres or the connection to it reports. */
export interface PostgresFault {
  /** The SQLSTATE, or the code of Bun or OpenSSL. */
  readonly code: string;
  readonly message: string;
}

/** Returns the fault that Postgres or the connection reports; `null` for any other error. */
export function postgresFault(error: unknown): PostgresFault | null {
  for (const { code, errno, message } of causes(error)) {
    if (code === "ERR_POSTGRES_SERVER_ERROR") return { code: String(errno), message };
    if (certificateFault(code) || String(code).startsWith("ERR_POSTGRES_"))
      return { code: String(code), message };
  }
  return null;
}

/** Returns the error of a database that is `busy` or `unavailable`. */
export function databaseFailure(code: "busy" | "unavailable", cause?: unknown): ProgImageError {
  const message =
    code === "busy"
      ? "Cannot reach the catalog as it is busy: try again"
      : "Cannot reach the catalog as its database does not answer: try again";
  return new ProgImageError(code, message, { cause, details: { retryAfter: RETRY_AFTER[code] } });
}

/** Returns whether a transaction conflicted with another one, so that a retry can succeed. */
export function hasMetAnother(error: unknown): boolean {
  return ["23505", "40001", "40P01"].includes(stateOf(error));
}

/** Returns whether a connection was closed during use, by a server that stops or by an intermediary. */
export function isConnectionClosed(error: unknown): boolean {
  return (
    stateOf(error) === "57P01" || causes(error).some(({ code }) => code === "ERR_POSTGRES_CONNECTION_CLOSED")
  );
}

function failureOf(error: unknown): Extract<ErrorCode, "busy" | "unavailable"> | null {
  const state = stateOf(error);
  if (BUSY_STATES.has(state)) return "busy";
  if (UNAVAILABLE_STATE_REGEXP.test(state)) return "unavailable";
  const isBroken = causes(error).some(
    ({ code }) => UNAVAILABLE_CODE_REGEXP.test(String(code)) || certificateFault(code),
  );
  return isBroken ? "unavailable" : null;
}

/** Returns the SQLSTATE of an error, or an empty text. Bun has it in `errno`, and drizzle wraps the error. */
function stateOf(error: unknown): string {
  const found = causes(error).find(({ code }) => code === "ERR_POSTGRES_SERVER_ERROR");
  return String(found?.errno ?? "");
}

interface Cause extends Error {
  readonly code?: unknown;
  readonly errno?: unknown;
}

function causes(error: unknown): readonly Cause[] {
  const found: Cause[] = [];
  for (let current = error; current instanceof Error && found.length < 8; current = current.cause)
    found.push(current);
  return found;
}
