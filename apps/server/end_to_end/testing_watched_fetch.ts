import { type ApiDocument, DescribedAnswers } from "./testing_described_answers.ts";

const JSON_TYPES: readonly string[] = ["application/json", "application/problem+json"];

/** Faults of answers so far, by the origin of the server. */
const faults = new Map<string, string[]>();

let described: Promise<DescribedAnswers> | null = null;

/**
 * Compares each JSON answer that a test reads from a server with the API's description. Reading a different one throws.
 *
 * @param readDocument Returns the description, once for all servers
 */
export function watchAnswers(url: string, readDocument: () => Promise<ApiDocument>): void {
  const { origin } = new URL(url);
  if (faults.size === 0) replaceFetch(readDocument);
  faults.set(origin, []);
}

/** Returns the faults of a server's answers, and ends the watch. */
export function faultsOf(url: string): readonly string[] {
  const found = faults.get(new URL(url).origin) ?? [];
  faults.set(new URL(url).origin, []);
  return found;
}

function replaceFetch(readDocument: () => Promise<ApiDocument>): void {
  const send = globalThis.fetch;
  const watched = async (...[input, init]: Parameters<typeof fetch>) => {
    const response = await send(input, init);
    const request = input instanceof Request ? input : { url: String(input), method: init?.method ?? "GET" };
    const { origin, pathname } = new URL(request.url);
    const found = faults.get(origin);
    const mediaType = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
    if (!found || !JSON_TYPES.includes(mediaType)) return response;
    const check = async (json: unknown) => {
      described ??= readDocument().then((document) => new DescribedAnswers(document));
      const { status } = response;
      const fault = (await described).faultOf(request.method, pathname, { status, mediaType, json });
      if (fault === null) return;
      const message = `${request.method} ${pathname} answered ${status} as its description does not allow: ${fault}`;
      found.push(message);
      // Both the test and the stop of its server fail, and Bun shows neither error of such a pair.
      console.error(message);
      throw new Error(`${message}\n${JSON.stringify(json).slice(0, 2_000)}`);
    };
    const text = async () => {
      const read = await Response.prototype.text.call(response);
      await check(JSON.parse(read));
      return read;
    };
    return Object.assign(response, { text, json: async () => JSON.parse(await text()) as unknown });
  };
  globalThis.fetch = Object.assign(watched, { preconnect: send.preconnect });
}
