import { certificateFault } from "../../certificate_error.ts";
import { type ErrorCode, ProgImageError } from "../../error.ts";

/** Seconds after which another try makes sense. */
const RETRY_AFTER = { busy: 2, unavailable: 5 } as const;

/** What the server says of itself: it is overloaded, or others hold what is needed. @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
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
 * It cannot work at the moment, or does not let us in: broken connections, a full disk, a stop, a crash, a start, a standby. Or a pooler
 * mixes up the sessions of its callers: a prepared statement is there already, or not there.
 */
const UNAVAILABLE_STATE_REGEXP = /^(?:08\w{3}|25006|26000|28\w{3}|3D000|42P05|53100|57P0\w|58\w{3})$/;

/** What Bun finds before, between and after messages of the server. */
const UNAVAILABLE_CODE_REGEXP = /^ERR_POSTGRES_(?:CONNECTION|IDLE|LIFETIME|AUTHENTICATION|TLS|SASL)/;

/**
 * Gives the error to be thrown for one of Postgres: an expected failure where the server or the way to it is at fault, else the
 * same. Neither its message nor its cause names an address, a statement or what was in one.
 */
export function explainPostgresError(error: unknown): unknown {
  const code = failureOf(error);
  return code ? databaseFailure(code, causes(error).at(-1)) : error;
}

/** What Postgres, or the way to it, says of a failure. */
export interface PostgresFault {
  /** The SQLSTATE, or how Bun or OpenSSL calls it. */
  readonly code: string;
  readonly message: string;
}

/** Returns what Postgres, or the way to it, says that is wrong; `null` for an error that is about neither. */
export function postgresFault(error: unknown): PostgresFault | null {
  for (const { code, errno, message } of causes(error)) {
    if (code === "ERR_POSTGRES_SERVER_ERROR") return { code: String(errno), message };
    if (certificateFault(code) || String(code).startsWith("ERR_POSTGRES_"))
      return { code: String(code), message };
  }
  return null;
}

/** Gives the failure of a database that is `busy` or `unavailable`. */
export function databaseFailure(code: "busy" | "unavailable", cause?: unknown): ProgImageError {
  const message =
    code === "busy"
      ? "Cannot reach the catalog as it is busy: try again"
      : "Cannot reach the catalog as its database does not answer: try again";
  return new ProgImageError(code, message, { cause, details: { retryAfter: RETRY_AFTER[code] } });
}

/** Tells whether a transaction met another one, so that it works when it is tried again. */
export function hasMetAnother(error: unknown): boolean {
  return ["23505", "40001", "40P01"].includes(stateOf(error));
}

/** Tells whether a connection was closed while it was used, by a server that stops or by whatever lies between. */
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

/** The SQLSTATE of an error, or nothing. Bun has it in `errno`, drizzle wraps it. */
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
