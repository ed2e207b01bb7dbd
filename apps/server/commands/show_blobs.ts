import type { CopyBlobsProgress } from "@progimage/core";
import { Presets, SingleBar } from "cli-progress";

/** Shows how far a copy of blobs is. */
export interface BlobsProgress {
  readonly show: (progress: CopyBlobsProgress) => void;
  readonly stop: () => void;
}

const LINE_MILLISECONDS = 5_000;
const SHARDS = 256;

/** Gives a bar on a terminal and a line now and then elsewhere, both on standard error. */
export function showBlobs(): BlobsProgress {
  return process.stderr.isTTY ? bar() : lines();
}

/** Gives a number of bytes for people. */
export function shownBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB", "PB"];
  const power = bytes < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1_000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

function bar(): BlobsProgress {
  const format = "{bar} {percentage} % · {counts} · {eta_formatted} to go";
  const single = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic);
  single.start(SHARDS, 0, { counts: "" });
  return {
    show: (progress) => single.update(progress.shards, { counts: countsOf(progress) }),
    stop: () => single.stop(),
  };
}

function lines(): BlobsProgress {
  let nextAt = performance.now() + LINE_MILLISECONDS;
  return {
    show: (progress) => {
      if (performance.now() < nextAt) return;
      nextAt = performance.now() + LINE_MILLISECONDS;
      console.error(`${Math.floor((100 * progress.shards) / SHARDS)} %: ${countsOf(progress)}`);
    },
    stop: () => {},
  };
}

function countsOf({ copied, copiedBytes, present, failed }: CopyBlobsProgress): string {
  return `${copied} copied (${shownBytes(copiedBytes)}), ${present} there before, ${failed} failed`;
}
