import { isProgImageError } from "../../error.ts";
import { allDone } from "./all_done.ts";
import { deliverOutput, type FetchItem, importItem, type ItemPorts } from "./deliver_output.ts";
import type { Job } from "../job.ts";
import type { ItemResult, JobItem, SettledItem } from "../job_item.ts";
import { type JobProblem, jobProblemOf } from "../job_problem.ts";
import { openItem, type OpenItem } from "./open_item.ts";
import { type Attempted, retryTransient } from "./retry_transient.ts";

/** Runs a part of the work on an item when the concurrency limit allows it. Rejects if the part may no longer begin. */
export type RunPart = <T>(work: () => Promise<T>, traits: { readonly isBegun: boolean }) => Promise<T>;

/** Options for {@linkcode processItem}. */
export interface ProcessItemOptions {
  /** Aborts when no further work may begin. Work in progress continues to its end. */
  readonly signal: AbortSignal;
  readonly run: RunPart;
  /** Returns the bytes of the item. @default the bytes of its source */
  readonly fetch?: FetchItem;
  /** Called with defects, whose details are not public. */
  readonly onDefect: (error: unknown) => void;
}

/** The outcome of an output. */
interface Outcome {
  readonly output: number;
  readonly attempted: Attempted<ItemResult>;
}

/**
 * Makes the missing results of an item, each when the concurrency limit allows it. The source is opened once. Failures are part of the returned outcome.
 *
 * @throws the reason of the signal, if it aborts before all results have succeeded
 */
export async function processItem(
  ports: ItemPorts,
  job: Job,
  item: JobItem,
  options: ProcessItemOptions,
): Promise<SettledItem> {
  const missing = missingOutputs(job, item);
  const outcomes = await (job.outputs.length === 0
    ? storeSource(ports, job, item, options)
    : makeOutputs(ports, job, item, { ...options, missing }));
  const results = [...item.results];
  const problems: JobProblem[] = [];
  for (const { output, attempted } of outcomes) {
    if ("value" in attempted) results.push(attempted.value);
    else {
      if (!isProgImageError(attempted.error)) options.onDefect(attempted.error);
      problems.push(jobProblemOf(attempted.error, job.outputs.length > 1 ? output : undefined));
    }
  }
  return {
    place: item.place,
    results: results.toSorted((one, other) => one.output - other.output),
    problem: problems[0] ?? null,
  };
}

/** Stores the source of an item without outputs, as its only result. */
async function storeSource(
  ports: ItemPorts,
  job: Job,
  item: JobItem,
  { signal, run, fetch }: ProcessItemOptions,
): Promise<readonly Outcome[]> {
  if (item.results.length > 0) return [];
  const store = () => retryTransient(() => importItem(ports, job, item, fetch), { signal });
  return [{ output: 0, attempted: await run(store, { isBegun: fetch !== undefined }) }];
}

/** The first output opens the source; the others wait for their turn while it is open. */
async function makeOutputs(
  ports: ItemPorts,
  job: Job,
  item: JobItem,
  { signal, run, missing }: ProcessItemOptions & { readonly missing: readonly number[] },
): Promise<readonly Outcome[]> {
  const [first, ...others] = missing;
  if (first === undefined) return [];
  await using files = new AsyncDisposableStack();
  const opened = Promise.withResolvers<Attempted<OpenItem>>();
  const make = async (output: number, source: Attempted<OpenItem>): Promise<Outcome> => {
    if ("error" in source) return { output, attempted: source };
    const open = source.value;
    const deliver = () => deliverOutput(ports, job, item, { output, open });
    return { output, attempted: await retryTransient(deliver, { signal }) };
  };
  const openAndMake = async () => {
    const source = await retryTransient(async () => files.use(await openItem(ports, item.source)), {
      signal,
    });
    opened.resolve(source);
    return await make(first, source);
  };
  const firstMade = run(openAndMake, { isBegun: false });
  firstMade.catch(opened.reject);
  const source = await opened.promise;
  const othersMade = others.map((output) =>
    "error" in source ? make(output, source) : run(() => make(output, source), { isBegun: true }),
  );
  return await allDone([firstMade, ...othersMade]);
}

function missingOutputs({ outputs }: Job, { results }: JobItem): readonly number[] {
  const made = new Set(results.map(({ output }) => output));
  return [...outputs.keys()].filter((output) => !made.has(output));
}
