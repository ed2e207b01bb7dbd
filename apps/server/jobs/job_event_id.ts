import { hasEnded, type Job } from "@progimage/core";

/** The sent items of an attempt: all before `from`, and the places in `behind`. */
export interface ItemPosition {
  readonly from: number;
  readonly behind: readonly number[];
}

/** The state that the reader of an event has seen, from the id of the event. */
export interface SeenEvent {
  /** The part of the id that describes the job, without its items. */
  readonly shown: string;
  readonly run: number;
  /** The number of items settled in this run. */
  readonly settled: number;
  /** `null` if its stream had no items. */
  readonly items: ItemPosition | null;
}

/** After the first place that was not sent, the id has a bit for each place from there on. */
const ID_REGEXP =
  /^(?<shown>(\d{1,9})\.(\d{1,9})(?:\.end)?)(?:;(?<from>\d{1,9})(?:-(?<bits>[\w-]{1,22}))?)?$/;

/** Returns the id of an event of a job: its run, the number of settled items, and whether it has ended. */
export function eventIdOf(job: Job): string {
  return `${job.run}.${job.succeeded + job.failed}${hasEnded(job) ? ".end" : ""}`;
}

/** Returns the suffix of an event id that describes the sent items. */
export function positionId({ from, behind }: ItemPosition): string {
  if (behind.length === 0) return `;${from}`;
  const bytes = Buffer.alloc(Math.ceil((Math.max(...behind) - from + 1) / 8));
  for (const place of behind) {
    const bit = place - from;
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return `;${from}-${bytes.toString("base64url")}`;
}

/** Parses the id of an event; `null` for any other text. */
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
