import type { Problem } from "../shapes.ts";

/** Statuses after which another try may succeed. */
export const PASSING_STATUSES: readonly number[] = [408, 425, 429, 502, 503, 504];

/** The codes for refusals by a web server or proxy in front of ProgImage. */
const CODES: Readonly<Record<number, string>> = { 413: "too_large", 431: "too_large", 503: "unavailable" };

/** Reads why a request failed. A response that is not a problem document becomes one that says so. */
export async function readProblem(response: Response): Promise<Problem> {
  const { status, statusText, url } = response;
  const title = statusText || `Status ${status}`; // HTTP/2 has no status text
  const head = { type: "about:blank", title, status, retryable: PASSING_STATUSES.includes(status) };
  const document = parseObject(await response.text());
  if (typeof document?.["code"] === "string") return { ...head, detail: title, ...document } as Problem;
  const code = CODES[status] ?? "unexpected_answer";
  const detail = `Cannot tell why ${url || "the server"} answered ${status} as it sent no problem document`;
  return { ...head, detail, code };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}
