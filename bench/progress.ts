import { Presets, SingleBar } from "cli-progress";

/** Shows the progress of the bench. */
export interface Progress {
  /** Begins a scenario. */
  readonly begin: (name: string, summary: string) => void;
  /** Reports progress within the scenario. */
  readonly report: (line: string) => void;
  /** Ends the scenario. */
  readonly finish: () => void;
  readonly stop: () => void;
}

/** Returns a progress bar on a terminal, and plain lines elsewhere, both on standard error. */
export function showProgress(scenarios: number): Progress {
  return process.stderr.isTTY ? bar(scenarios) : lines();
}

function bar(scenarios: number): Progress {
  const format = "{bar} {value}/{total} {name} · {line}";
  const single = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic);
  single.start(scenarios, 0, { name: "", line: "" });
  return {
    begin: (name) => single.update({ name, line: "starting" }),
    report: (line) => single.update({ line }),
    finish: () => single.increment(),
    stop: () => single.stop(),
  };
}

function lines(): Progress {
  return {
    begin: (name, summary) => console.error(`\n${name}: ${summary}`),
    report: (line) => console.error(`  ${line}`),
    finish: () => {},
    stop: () => {},
  };
}
