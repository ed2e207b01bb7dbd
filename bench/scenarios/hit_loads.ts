import { interleave } from "../interleave.ts";
import { closedLoop } from "../load/closed_loop.ts";
import { type Load, type LoadResult, perSecond } from "../load/load.ts";
import { judged, type ScenarioContext, type ScenarioResult, type Side } from "../scenario.ts";
import { median, medianLatency, rounded } from "../statistics.ts";

/** Connections of every load of cache hits. */
export const HIT_CONNECTIONS = 32;

/** CPU cores above which the generator, rather than the server, is the limit. */
const MOST_GENERATOR_CORES = 0.95;

/** The results of several sides, run by run. */
export interface HitLoads {
  readonly sides: readonly Side[];
  /** Returns the median ratio of two sides' throughput in the same run. */
  readonly ratio: (name: string, other: string) => number;
  /** Whether the load generator had CPU time to spare. */
  readonly generator: ScenarioResult;
}

/** Loads all sides in turn with requests that are cheap for their servers. */
export async function measureHits(
  loads: ReadonlyMap<string, Pick<Load, "origins" | "paths" | "headers">>,
  { quick, runs, report }: ScenarioContext,
): Promise<HitLoads> {
  const seconds = quick ? 1 : 5;
  const measured = await interleave<LoadResult>(
    new Map(
      [...loads].map(([name, load]) => [
        name,
        () => closedLoop({ ...load, connections: HIT_CONNECTIONS, seconds }),
      ]),
    ),
    {
      runs,
      warm: !quick,
      onRun: (run, results) => {
        const figures = [...results].map(([name, load]) => `${name} ${Math.round(perSecond(load))}`);
        report(`run ${run} of ${runs}: ${figures.join(", ")} a second`);
      },
    },
  );
  const resultsOf = (name: string) => measured.get(name) ?? [];
  const cores = Math.max(...[...measured.values()].flat().map((load) => load.cores));
  return {
    sides: [...measured].map(([name, results]) => ({
      name,
      perSecond: rounded(median(results.map(perSecond))),
      latency: medianLatency(results.map(({ latency }) => latency)),
      bytes: Math.round(median(results.map(({ bytes, answers }) => bytes / answers))),
    })),
    ratio: (name, other) =>
      median(
        resultsOf(name).map(
          (load, run) =>
            perSecond(load) / perSecond(resultsOf(other)[run] ?? { ...load, answers: Number.NaN }),
        ),
      ),
    generator: judged(`load generator (${[...measured.values()][0]?.[0]?.generator})`, cores, {
      unit: "cores",
      most: MOST_GENERATOR_CORES,
    }),
  };
}
