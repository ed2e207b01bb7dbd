import type { CopyProgress } from "@progimage/core/adapters";
import { Presets, SingleBar } from "cli-progress";

/** Shows how far a copy is. */
export interface CopyingProgress {
  readonly show: (progress: CopyProgress) => void;
  readonly stop: () => void;
}

const LINE_MILLISECONDS = 5_000;

/** Gives a bar on a terminal and a line now and then elsewhere, both on standard error. */
export function showCopying(): CopyingProgress {
  return process.stderr.isTTY ? bar() : lines();
}

function bar(): CopyingProgress {
  const format = "{bar} {percentage} % {step} {table} · {eta_formatted} to go";
  const single = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic);
  let isStarted = false;
  return {
    show: ({ step, table, done, total }) => {
      if (!isStarted) single.start(total, done, { step, table });
      isStarted = true;
      single.update(done, { step, table });
    },
    stop: () => single.stop(),
  };
}

function lines(): CopyingProgress {
  let nextAt = 0;
  return {
    show: ({ step, table, done, total }) => {
      if (performance.now() < nextAt) return;
      nextAt = performance.now() + LINE_MILLISECONDS;
      console.error(`${step} ${table}: ${Math.floor((100 * done) / Math.max(total, 1))} %`);
    },
    stop: () => {},
  };
}
