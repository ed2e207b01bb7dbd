import { type ArchiveEntry, brokenArchive } from "../../archive/archive_entry.ts";
import { storedArchiveEntries } from "../../archive/archive_entries.ts";
import { localCopy } from "../../blob/local_copy.ts";
import { isProgImageError, ProgImageError } from "../../error.ts";
import type { Ports } from "../../ports.ts";
import type { FetchItem } from "./deliver_output.ts";
import type { Job, StagedArchive } from "../job.ts";
import type { JobItem } from "../job_item.ts";
import { jobProblemOf } from "../job_problem.ts";
import type { ItemFile } from "./open_item.ts";
import type { ItemRecorder } from "./item_recorder.ts";
import type { TaskTurn } from "../queue/task_turn.ts";
import { failItems, type ItemRange, waitingItems } from "./waiting_items.ts";

/** The items of an archive to process. */
export interface PackedItems {
  readonly job: Job;
  readonly archive: StagedArchive;
  readonly range: ItemRange;
}

/** Options for {@linkcode unpackItems}. */
export interface UnpackItemsOptions {
  /** Processes an item whose bytes are unpacked. */
  readonly work: (item: JobItem, fetch: FetchItem) => Promise<unknown>;
  readonly recorder: ItemRecorder;
  /** Once the turn is over, no further entry begins. */
  readonly turn: Pick<TaskTurn, "isOver">;
  /** Aborts when no further entry may begin. */
  readonly signal: AbortSignal;
}

/** Entries that are unpacked and wait, or are being processed. */
const AT_A_TIME = 8;

const BATCH = 500;

type UnpackPorts = Pick<Ports, "blobs" | "jobs" | "limits" | "scratch" | "spool">;

/**
 * Reads an archive sequentially and processes each of its items that is not settled yet. If the archive is unreadable at some point,
 * the remaining items fail.
 *
 * @throws transient errors and errors of `work`, after all work in progress has ended
 */
export async function unpackItems(
  ports: UnpackPorts,
  { job, archive, range }: PackedItems,
  { work, recorder, signal, turn }: UnpackItemsOptions,
): Promise<"done" | "turn over"> {
  const { blob, bytes } = archive;
  if (!(await ports.blobs.open(blob)))
    throw new ProgImageError(
      "unavailable",
      "Cannot read the archive as its bytes are missing from the store",
    );
  await using copy = await localCopy(ports.blobs, blob, ports.scratch, { bytes });
  const under = new UnderWay();
  try {
    const entries = storedArchiveEntries(archive.archive, { path: copy.path, bytes }, ports.limits);
    const itemAt = itemsByPlace(ports, job, range);
    let place = 0;
    for await (const entry of entries) {
      if (turn.isOver) {
        await under.done();
        return "turn over";
      }
      const item = await itemAt(place++);
      if (!item) {
        await entry.skip();
        continue;
      }
      signal.throwIfAborted();
      await under.add(await begin(ports, item, entry, work));
      if (place >= range.before) break;
    }
    await under.done();
    if (place < range.before) throw brokenArchive("it has fewer files than when it came");
  } catch (error) {
    await under.done();
    if (!isProgImageError(error) || mayGoBy(error)) throw error;
    await failItems(ports, { job, range, problem: jobProblemOf(error) }, recorder);
  }
  return "done";
}

/** Unpacks an entry. Returns a function that processes its item. If the entry is unreadable, its item fails with that error. */
async function begin(
  { spool, limits }: Pick<Ports, "limits" | "spool">,
  item: JobItem,
  entry: ArchiveEntry,
  work: UnpackItemsOptions["work"],
): Promise<() => Promise<unknown>> {
  try {
    const file = await spool.receive(await entry.open(), { limit: limits.uploadBytes });
    // Processing may be tried more than once.
    const lent: ItemFile = { ...file, name: nameOf(item), [Symbol.asyncDispose]: async () => {} };
    return () => work(item, async () => lent).finally(() => file[Symbol.asyncDispose]());
  } catch (error) {
    if (mayGoBy(error)) throw error;
    await entry.skip();
    return () => work(item, () => Promise.reject(error));
  }
}

/** Returns whether an error is transient. The task is then retried, as an entry can only be unpacked again from the archive's beginning. */
function mayGoBy(error: unknown): boolean {
  return isProgImageError(error) && ["busy", "storage_error", "unavailable"].includes(error.code);
}

function nameOf({ source }: JobItem): string {
  return "entry" in source ? source.entry : "";
}

/** Returns a function that finds waiting items; its calls must be in the order of places. */
function itemsByPlace(
  ports: Pick<Ports, "jobs">,
  job: Job,
  { from, before }: ItemRange,
): (place: number) => Promise<JobItem | null> {
  let known = new Map<number, JobItem>();
  let end = from;
  return async (place) => {
    if (place < from || place >= before) return null;
    if (place >= end) {
      end = Math.min(before, place + BATCH);
      const items = await waitingItems(ports, job, { from: place, before: end }, BATCH);
      known = new Map(items.map((item) => [item.place, item]));
    }
    return known.get(place) ?? null;
  };
}

/** Runs a limited number of pieces of work concurrently. */
class UnderWay {
  readonly #running = new Set<Promise<unknown>>();
  #failure: { readonly error: unknown } | null = null;

  /** Starts work, and resolves once there is room for more. @throws the first error of any of the work */
  async add(work: () => Promise<unknown>): Promise<void> {
    const running = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    while (this.#running.size >= AT_A_TIME) await Promise.race(this.#running);
    this.#check();
  }

  /** Waits for all work in progress. @throws the first error of any of the work */
  async done(): Promise<void> {
    await Promise.all(this.#running);
    this.#check();
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
