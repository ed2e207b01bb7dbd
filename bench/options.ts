import { parseArgs } from "node:util";
import { readUrlRival, type UrlRival } from "./rivals/url_rival.ts";

/** The options of the command line. */
export interface BenchOptions {
  readonly help: boolean;
  readonly runs: number;
  readonly quick: boolean;
  readonly images?: string;
  readonly rivals: readonly UrlRival[];
  readonly writeDocs: boolean;
  /** Reports to write the page from, instead of measuring. Results of a later report replace those of an earlier one. */
  readonly from: readonly string[];
  /** The folder of the report. */
  readonly output?: string;
  /** Names of scenarios; an empty list selects all except those that run only by name. */
  readonly names: readonly string[];
}

/** The options' part of `--help`. */
export const OPTIONS_HELP = `Options:
  --runs N                   measures each side so often and takes medians (5)
  --quick                    everything short and small: shows that it works, not how fast
  --images FOLDER            takes these pictures as sources instead of generated ones
  --rival NAME=URL_TEMPLATE  measures another server beside, in cold renders; may be given several times. The
                             template has {width}, {height}, {format}, {quality} and {url}, where the source is
  --output FOLDER            puts the report there instead of into bench/results
  --write-docs               writes docs/benchmarks.md from the report
  --from FILE                takes that report (JSON) instead of measuring; of several, the later ones replace what
                             the earlier ones have measured
  --help`;

/** Reads the command line. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h", default: false },
      runs: { type: "string" },
      quick: { type: "boolean", default: false },
      images: { type: "string" },
      rival: { type: "string", multiple: true, default: [] },
      output: { type: "string" },
      "write-docs": { type: "boolean", default: false },
      from: { type: "string", multiple: true, default: [] },
    },
  });
  const { help, quick, images, rival, from, output, runs: text = quick ? "1" : "5" } = values;
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`Cannot measure as --runs must be a whole number from 1 on: it is "${text}"`);
  const rivals = rival.map(readUrlRival);
  return {
    ...{ help, quick, images, from, output, runs, rivals },
    writeDocs: values["write-docs"],
    names: positionals,
  };
}
