import type { JSONWebKeySet } from "jose";

/** Limits of {@linkcode fetchKeySet}. */
export interface FetchKeySetOptions {
  /** @default {5_000} */
  readonly deadlineMs?: number;
  /** @default {524_288} */
  readonly maxBytes?: number;
}

/** Returns the set of keys at a URL of the operator. Rejects with a reason for the log. Redirects are not followed. */
export async function fetchKeySet(url: string, options: FetchKeySetOptions = {}): Promise<JSONWebKeySet> {
  const { deadlineMs = 5_000, maxBytes = 524_288 } = options;
  const response = await fetch(url, {
    headers: { accept: "application/jwk-set+json, application/json" },
    redirect: "manual",
    signal: AbortSignal.timeout(deadlineMs),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`it answered with status ${response.status}`);
  }
  return JSON.parse(await readText(response, maxBytes)) as JSONWebKeySet;
}

/** The limit counts bytes as they are after decompression. */
async function readText({ body }: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
