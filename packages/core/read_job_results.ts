import type { Derivative } from "./derivative/derivative_cache.ts";
import { type ItemPorts, planOutput } from "./job/deliver_output.ts";
import type { Job } from "./job/job.ts";
import type { ItemResult, JobItem } from "./job/job_item.ts";
import { type JobProblem, jobProblemOf } from "./job/job_problem.ts";
import { openItem } from "./job/open_item.ts";
import { resultName } from "./job/result_name.ts";
import type { Ports } from "./ports.ts";
import { renderImage } from "./render_image.ts";
import { ReferenceFinder } from "./source/reference_finder.ts";

/** A result of a job, or why there is none. */
export type JobResult = { readonly name: string; readonly place: number } & (
  { readonly derivative: Derivative } | { readonly problem: JobProblem }
);

const PAGE = 100;

/**
 * Gives the results of a job whose derivatives are kept, in the order of its items. What was evicted is rendered again, when it is
 * its turn; an item that failed, or cannot be rendered any more, gives its problem.
 */
export async function* readJobResults(
  ports: ItemPorts & Pick<Ports, "jobs">,
  job: Job,
): AsyncGenerator<JobResult> {
  for (let from = 0; ;) {
    const items = await ports.jobs.items(job.id, { limit: PAGE, from });
    for (const item of items) yield* resultsOf(ports, job, item);
    const last = items.at(-1);
    if (!last || items.length < PAGE) return;
    from = last.place + 1;
  }
}

async function* resultsOf(ports: ItemPorts, job: Job, item: JobItem): AsyncGenerator<JobResult> {
  const { place, results, problem } = item;
  for (const result of results) {
    const name = resultName(job, item, result);
    try {
      yield { name, place, derivative: await findOrRender(ports, job, item, result) };
    } catch (error) {
      yield { name, place, problem: jobProblemOf(error, result.output) };
    }
  }
  if (problem) yield { name: String(place + 1), place, problem };
}

async function findOrRender(
  ports: ItemPorts,
  job: Job,
  item: JobItem,
  { key, output }: ItemResult,
): Promise<Derivative> {
  const kept = key === undefined ? null : await ports.derivatives.find(key);
  if (kept) return kept;
  await using open = await openItem(ports, item.source);
  await using finder = new ReferenceFinder(ports);
  const plan = await planOutput(ports, job, { output, source: open.source, finder });
  return (await renderImage(ports, plan, { priority: "bulk" })).derivative;
}
