import { readFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { digestOfKey } from "./blob_store.ts";
import type { BlobCheck } from "./check_blob.ts";

/** Files to read and compare with the SHA-256 in their keys. */
export interface FilesToCheck {
  readonly files: readonly { readonly key: string; readonly path: string }[];
}

// The program of a thread that only reads and hashes.
parentPort?.on("message", ({ files }: FilesToCheck) => {
  const checks = files.map(({ key, path }) => checkFile(key, path));
  parentPort?.postMessage(checks, []);
});

function checkFile(key: string, path: string): BlobCheck {
  try {
    const bytes = readFileSync(path);
    const isWhole = new Bun.CryptoHasher("sha256").update(bytes).digest("hex") === digestOfKey(key);
    return { key, bytes: bytes.length, state: isWhole ? "whole" : "damaged" };
  } catch (error) {
    // A file that the disk cannot read counts as damaged.
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return { key, bytes: 0, state: isMissing ? "missing" : "damaged" };
  }
}
