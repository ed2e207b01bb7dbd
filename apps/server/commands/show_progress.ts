import { Presets, SingleBar } from "cli-progress";

/** The progress of some work. */
export interface WorkProgress {
  readonly done: number;
  readonly total: number;
  /** The text beside the bar. */
  readonly text: string;
}

/** Shows the progress of some work. */
export interface ProgressDisplay {
  readonly show: (progress: WorkProgress) => void;
  readonly stop: () => void;
}

const LINE_MILLISECONDS = 5_000;

/** Returns a bar on a terminal, or occasional lines elsewhere, both on standard error. */
export function showProgress(): ProgressDisplay {
  return process.stderr.isTTY ? bar() : lines();
}

/** Returns a number of bytes in a readable unit. */
export function shownBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB", "PB"];
  const power = bytes < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1_000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

function bar(): ProgressDisplay {
  const format = "{bar} {percentage} % · {text} · {eta_formatted} to go";
  const single = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic);
  let isStarted = false;
  return {
    show: ({ done, total, text }) => {
      if (!isStarted) single.start(total, done, { text });
      isStarted = true;
      single.setTotal(total);
      single.update(done, { text });
    },
    stop: () => single.stop(),
  };
}

function lines(): ProgressDisplay {
  let nextAt = performance.now() + LINE_MILLISECONDS;
  return {
    show: ({ done, total, text }) => {
      if (performance.now() < nextAt) return;
      nextAt = performance.now() + LINE_MILLISECONDS;
      console.error(`${Math.floor((100 * done) / Math.max(total, 1))} %: ${text}`);
    },
    stop: () => {},
  };
}
