import { hasEnded, type Job } from "@progimage/core";

/** Which items of an attempt were sent: all before a place, and some behind it. */
export interface ItemPosition {
  readonly from: number;
  readonly behind: readonly number[];
}

/** What the id of an event says that its reader has seen. */
export interface SeenEvent {
  /** What it shows of the job, without its items. */
  readonly shown: string;
  readonly run: number;
  /** Items that were settled in this run. */
  readonly settled: number;
  /** `null` if its stream had no items. */
  readonly items: ItemPosition | null;
}

/** Behind the first place that was not sent stands a bit for each place from there on. */
const ID_REGEXP =
  /^(?<shown>(\d{1,9})\.(\d{1,9})(?:\.end)?)(?:;(?<from>\d{1,9})(?:-(?<bits>[\w-]{1,22}))?)?$/;

/** Names what an event shows: the run of the job and how many items are settled in it, and whether it has ended. */
export function eventIdOf(job: Job): string {
  return `${job.run}.${job.succeeded + job.failed}${hasEnded(job) ? ".end" : ""}`;
}

/** Names which items were sent, behind the name of what the event shows. */
export function positionId({ from, behind }: ItemPosition): string {
  if (behind.length === 0) return `;${from}`;
  const bytes = Buffer.alloc(Math.ceil((Math.max(...behind) - from + 1) / 8));
  for (const place of behind) {
    const bit = place - from;
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return `;${from}-${bytes.toString("base64url")}`;
}

/** Reads the id of an event; `null` for a text that is none. */
export function readEventId(text: string | null): SeenEvent | null {
  const match = ID_REGEXP.exec(text ?? "");
  if (!match) return null;
  const [, shown = "", run, settled] = match;
  const { from, bits = "" } = match.groups ?? {};
  const items = from === undefined ? null : { from: Number(from), behind: placesOf(Number(from), bits) };
  return { shown, run: Number(run), settled: Number(settled), items };
}

function placesOf(from: number, bits: string): readonly number[] {
  return [...Buffer.from(bits, "base64url")].flatMap((byte, index) =>
    [0, 1, 2, 3, 4, 5, 6, 7].flatMap((bit) => (byte & (1 << bit) ? [from + index * 8 + bit] : [])),
  );
}
