import { until } from "@progimage/core/testing";
import type { Victim } from "./testing_isolation.ts";
import type { Case, Own } from "./testing_isolation_cases.ts";
import type { AskOptions, KeyedServer } from "./testing_keys.ts";

/** How a caller is recognised. */
export type Sender = Pick<AskOptions, "headers" | "key">;

type Ask = KeyedServer["ask"];

/** An answer without what differs between two equal requests. */
export interface Outcome {
  readonly status: number;
  /** All text that the caller can read, with that of a job that the request has made. */
  readonly text: string;
  /** The same with all ids. */
  readonly whole: string;
  readonly timing: string;
}

/** Sends a request, and waits for its job if it has begun one. */
export async function outcomeOf(
  ask: Ask,
  sender: Sender,
  { path, headers, ...rest }: Case,
): Promise<Outcome> {
  const response = await ask(path, { ...rest, ...sender, headers: { ...headers, ...sender.headers } });
  const body = Buffer.from(await response.bytes()).toString("latin1");
  const shown = ["content-type", "www-authenticate", "idempotent-replayed", "cache-control", "vary", "link"];
  const head = shown.map((name) => `${name}: ${response.headers.get(name)}`).join("\n");
  const hasJob = response.status === 202;
  const job = hasJob ? await endedJob(ask, sender, JSON.parse(body) as { id: string }) : "";
  return {
    status: response.status,
    whole: `${head}\n${body}${job}`,
    text: normal(`${head}\n${hasJob ? job : shownIn(body, response.headers.get("content-type"))}`),
    timing: response.headers.get("server-timing") ?? "",
  };
}

/** Returns a body. Of an archive, which has times, only its size and its list of problems. */
function shownIn(body: string, type: string | null): string {
  if (type !== "application/zip" && type !== "application/x-tar") return body;
  return `${body.length} ${/\{\n[^]*?\n\}/.exec(body)?.[0] ?? ""}`;
}

function normal(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, "{id}")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "{time}")
    .replaceAll(/(?:(?:a|zz)\/)?(?:secret|absent)-\d+/g, "{text}")
    .replaceAll(/[0-9a-f]{64}/g, "{sha256}");
}

async function endedJob(ask: Ask, sender: Sender, { id }: { readonly id: string }): Promise<string> {
  let problem: unknown;
  await until("the job has ended", async () => {
    const job = (await (await ask(`/jobs/${id}`, sender)).json()) as {
      readonly finishedAt: string | null;
      readonly problem: unknown;
    };
    ({ problem } = job);
    return job.finishedAt !== null || job;
  });
  const items = await (await ask(`/jobs/${id}/items`, sender)).text();
  return JSON.stringify(problem) + items;
}

/** Whose things are named, and what else is sent. */
export interface Attempt {
  readonly victim: Pick<Victim, "pictures" | "things">;
  readonly own: Own;
}

/** An answer, and that to ids that never existed. */
export interface Comparison extends Pick<Attempt, "victim"> {
  readonly each: Case;
  readonly outcome: Outcome;
  readonly expected: Outcome;
}

/** Returns what an answer tells of another tenant; `null` if nothing. */
export function faultOf({ victim, each, outcome, expected }: Comparison): string | null {
  const { isOwn = false } = each;
  if (outcome.status !== expected.status || (!isOwn && outcome.text !== expected.text))
    return `answered ${shownOf(outcome)}\ninstead of ${shownOf(expected)}`;
  const secret = secretsIn(victim, each).find((text) => outcome.whole.includes(text));
  if (secret !== undefined) return `has ${JSON.stringify(secret.slice(0, 40))}`;
  return !isOwn && outcome.timing.startsWith("hit") ? "was a hit" : null;
}

function shownOf({ status, text }: Outcome): string {
  return `${status} ${text.slice(0, 1_000).replaceAll(/[^\n -~]/g, ".")}`;
}

/** Returns what is sent, as text. */
export function bodyOf({ body }: Case): string {
  if (body instanceof Uint8Array) return "bytes";
  return body instanceof FormData ? [...body.entries()].join(" ") : JSON.stringify(body ?? "");
}

/** Returns the texts of a victim that an answer must not have, because the request does not have them. */
function secretsIn({ pictures, things }: Attempt["victim"], asked: Case): readonly string[] {
  const { cursors: _cursors, folder: _folder, signature: _signature, tenant: _tenant, ...names } = things;
  const sent = `${asked.path} ${bodyOf(asked)}`.toLowerCase();
  const bytes = pictures.map((picture) => picture.subarray(-80, -16).toString("latin1"));
  return [...Object.values(names), ...bytes].filter((text) => !sent.includes(text.toLowerCase()));
}
