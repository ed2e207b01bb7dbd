import { ProgImageError } from "@progimage/core";
import { type BodyLimits, watchRate } from "./minimum_rate.ts";

/**
 * Returns the body of a request, without a generator around it: each would retain a chunk of its own.
 *
 * @throws {ProgImageError} `too_large` if its announced size exceeds the limit
 */
export function bodyOf(request: Request, limit: number): AsyncIterable<Uint8Array> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > limit) throw tooLarge(limit, announced);
  return request.body ?? NO_BYTES;
}

/** Returns a small body as text. @throws {ProgImageError} `too_large`, `too_slow`, `cancelled` */
export async function textOf(request: Request, limit: number, limits: BodyLimits): Promise<string> {
  const onProgress = watchRate(request, limits);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of bodyOf(request, limit)) {
      bytes += chunk.length;
      if (bytes > limit) throw tooLarge(limit, bytes);
      onProgress(bytes);
      chunks.push(chunk);
    }
  } catch (error) {
    throw bodyError(error);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Returns the error for a body that broke off: `cancelled` if the client has left. */
export function bodyError(error: unknown): unknown {
  const hasLeft =
    error instanceof Error &&
    (error.name === "AbortError" || (error as { code?: string }).code === "ECONNRESET");
  if (!hasLeft) return error;
  return new ProgImageError("cancelled", "Cannot read the body: the client has left", { cause: error });
}

export function tooLarge(limit: number, bytes: number): ProgImageError {
  return new ProgImageError(
    "too_large",
    `Cannot accept the body as it must be at most ${limit} bytes: it has ${bytes} or more`,
    {
      details: { limit },
    },
  );
}

const NO_BYTES: AsyncIterable<Uint8Array> = {
  async *[Symbol.asyncIterator]() {},
};
