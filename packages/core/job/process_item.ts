import { isProgImageError, type ErrorCode } from "../error.ts";
import { pause } from "./pause.ts";
import { deliverOutput, type FetchItem, importItem, type ItemPorts } from "./deliver_output.ts";
import { fromStorageError } from "../storage_error.ts";
import type { Job } from "./job.ts";
import type { ItemResult, JobItem, SettledItem } from "./job_item.ts";
import { type JobProblem, jobProblemOf } from "./job_problem.ts";
import { openItem } from "./open_item.ts";

/** Options for {@linkcode processItem}. */
export interface ProcessItemOptions {
  /** Nothing further shall begin. What is under way comes to its end. */
  readonly signal: AbortSignal;
  /** Gives the bytes of the item. @default those that its source names */
  readonly fetch?: FetchItem;
  /** Hears of defects, of which callers are told nothing. */
  readonly onDefect: (error: unknown) => void;
}

/** Results of one item under way. More would only wait in line. */
const AT_A_TIME = 4;

/** How often an item is tried when something fails that may go by. Waiting for a turn is no failure, however long it takes. */
const TRIES: Readonly<Partial<Record<ErrorCode, number>>> = {
  busy: Number.POSITIVE_INFINITY,
  unavailable: 6,
  storage_error: 6,
  source_unreachable: 3,
};

const FIRST_PAUSE_MILLISECONDS = 500;
const LONGEST_PAUSE_MILLISECONDS = 15_000;

/**
 * Makes what is missing of an item's results. What fails is part of the outcome.
 *
 * @throws the reason of the signal, if it comes before everything has come out well
 */
export async function processItem(
  ports: ItemPorts,
  job: Job,
  item: JobItem,
  { signal, fetch, onDefect }: ProcessItemOptions,
): Promise<SettledItem> {
  const results = [...item.results];
  const problems = new Map<number, JobProblem>();
  for (let tries = 1; ; tries++) {
    const outcomes = await attempt(ports, job, item, {
      fetch,
      missing: missingOutputs(job, results, problems),
    });
    // What fails while the process stops may fail because of that.
    if (outcomes.some(({ result }) => !result)) signal.throwIfAborted();
    let isWorthwhile = false;
    for (const { output, result, error } of outcomes) {
      if (result) results.push(result);
      else if (mayGoBy(error, tries)) isWorthwhile = true;
      else {
        if (!isProgImageError(error)) onDefect(error);
        problems.set(output, jobProblemOf(error, job.outputs.length > 1 ? output : undefined));
      }
    }
    if (!isWorthwhile) {
      const [problem = null] = problems.values();
      return {
        place: item.place,
        results: results.toSorted((one, other) => one.output - other.output),
        problem,
      };
    }
    await pause(pauseAfter(tries), signal);
    signal.throwIfAborted();
  }
}

interface Outcome {
  readonly output: number;
  readonly result?: ItemResult;
  readonly error?: unknown;
}

/** An item without outputs is stored as it is: that is its only result. */
function missingOutputs(
  { outputs }: Job,
  results: readonly ItemResult[],
  problems: ReadonlyMap<number, JobProblem>,
): readonly number[] {
  const made = new Set(results.map(({ output }) => output));
  const all = Array.from({ length: Math.max(1, outputs.length) }, (_, output) => output);
  return all.filter((output) => !made.has(output) && !problems.has(output));
}

async function attempt(
  ports: ItemPorts,
  job: Job,
  item: JobItem,
  { missing, fetch }: { readonly missing: readonly number[]; readonly fetch: FetchItem | undefined },
): Promise<readonly Outcome[]> {
  try {
    if (job.outputs.length === 0) return [{ output: 0, result: await importItem(ports, job, item, fetch) }];
    await using open = await openItem(ports, item.source);
    const outcomes: Outcome[] = [];
    const waiting = missing.values();
    const work = async () => {
      for (const output of waiting)
        outcomes.push(
          await deliverOutput(ports, job, item, { output, open }).then(
            (result) => ({ output, result }),
            (error: unknown) => ({ output, error: fromStorageError(error) }),
          ),
        );
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    return outcomes;
  } catch (error) {
    return missing.map((output) => ({ output, error: fromStorageError(error) }));
  }
}

function mayGoBy(error: unknown, tries: number): boolean {
  return isProgImageError(error) && tries < (TRIES[error.code] ?? 1);
}

/** Longer each time, and never the same for all. */
function pauseAfter(tries: number): number {
  const longest = Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** (tries - 1));
  return longest * (0.5 + Math.random() / 2);
}
