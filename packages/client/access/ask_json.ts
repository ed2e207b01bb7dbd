import { type CallOptions, type Connection, readJson } from "../connection/connection.ts";
import { InvalidIdError } from "../connection/errors.ts";

/** A request with a JSON answer. */
export interface JsonQuestion {
  /** @default {"GET"} */
  readonly method?: "GET" | "PATCH" | "POST";
  /** Sent as the JSON body; a `Date` in it as ISO 8601. */
  readonly json?: object;
}

/** Sends a request, and returns the JSON of its answer. */
export async function askJson<T>(
  connection: Connection,
  path: string,
  { method = "GET", json }: JsonQuestion,
  { signal, timeout }: CallOptions,
): Promise<T> {
  const headers = { accept: "application/json", ...(json && { "content-type": "application/json" }) };
  const body = json && JSON.stringify(json);
  return await connection.send(path, { signal, timeout, method, headers, body }, readJson<T>);
}

/**
 * Returns an id of a key or a tenant for a path. Other texts such as `..` could address another resource.
 *
 * @throws {InvalidIdError} if it has other characters than letters, digits and hyphens
 */
export function checkPlainId(id: string): string {
  if (/^[\da-z-]+$/i.test(id)) return id;
  throw new InvalidIdError(id, "letters, digits and hyphens");
}
