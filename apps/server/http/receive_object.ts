import { ProgImageError } from "@progimage/core";
import type { Config } from "../config.ts";
import { textOf } from "./request_body.ts";

/** Reads the body of a request as a JSON object. @throws {ProgImageError} `invalid_request`, `too_large` */
export async function receiveObject(
  request: Request,
  config: Config,
): Promise<Readonly<Record<string, unknown>>> {
  return parseObject(await textOf(request, config.maxJsonBytes, config), "the body");
}

/** An id in JSON, with quotes, a comma and some space. */
const ID_BYTES = 48;

/** Reads the body of a request that may name many images by their ids. @throws {ProgImageError} `invalid_request`, `too_large` */
export async function receiveObjectOfIds(
  request: Request,
  config: Config,
): Promise<Readonly<Record<string, unknown>>> {
  const limit = config.maxJsonBytes + ID_BYTES * config.maxBulkIds;
  return parseObject(await textOf(request, limit, config), "the body");
}

/** Reads text as a JSON object. @throws {ProgImageError} `invalid_request` that says what was read */
export function parseObject(text: string, what: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ProgImageError(
      "invalid_request",
      `Cannot read ${what} as it must be JSON: ${(error as Error).message}`,
    );
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new ProgImageError("invalid_request", `Cannot read ${what} as it must be a JSON object`);
  }
  return json as Readonly<Record<string, unknown>>;
}
