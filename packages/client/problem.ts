import type { ProblemCode } from "./problem_code.ts";

/** Why a request failed: a problem document. @see https://www.rfc-editor.org/rfc/rfc9457 */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What was tried, and what was found. */
  readonly detail: string;
  /** A stable word for programs, such as `image_not_found`; `unexpected_answer` if it was not ProgImage that answered. */
  readonly code: ProblemCode;
  /** Whether the same request can succeed later although nothing is changed in it. */
  readonly retryable?: boolean;
  readonly requestId?: string;
  /** The parameter, header or field at fault. */
  readonly parameter?: string;
  /** The limit that was passed, in the unit of the detail. */
  readonly limit?: number;
  /** The fewest bytes that were reached. */
  readonly smallest?: number;
  /** When an image was deleted, and until when it can be restored, in ISO 8601. */
  readonly deletedAt?: string;
  readonly restorableUntil?: string;
  /** Seconds after which another try makes sense. */
  readonly retryAfter?: number;
  /** What would have been understood. */
  readonly known?: readonly string[];
  /** What was probably meant. */
  readonly suggestion?: string;
  /** Each fault, where there are several. */
  readonly errors?: readonly { readonly detail: string; readonly parameter?: string }[];
}

/** What a web server or proxy means that refuses a request before ProgImage has seen it. */
const CODES: Readonly<Record<number, string>> = { 413: "too_large", 431: "too_large", 503: "unavailable" };

/** Reads why a request failed. What is not a problem document becomes one that says so. */
export async function readProblem(response: Response): Promise<Problem> {
  const { status, statusText, url } = response;
  const title = statusText || `Status ${status}`; // HTTP/2 has no status text
  const document = parseObject(await response.text());
  if (typeof document?.["code"] === "string") {
    return { type: "about:blank", title, status, detail: title, ...document } as Problem;
  }
  const code = CODES[status] ?? "unexpected_answer";
  const detail = `Cannot tell why ${url || "the server"} answered ${status} as it sent no problem document`;
  return { type: "about:blank", title, status, detail, code };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}
