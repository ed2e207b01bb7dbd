import { describe, expect, test } from "bun:test";
import { readConfig } from "../settings/config.ts";
import { configOfShare, readShare, shareArguments } from "./node_share.ts";

/** Returns the configurations of all HTTP processes of a program. */
function shares(settings: Record<string, string>) {
  const config = readConfig(settings);
  return Array.from({ length: config.httpProcesses }, (_, index) =>
    configOfShare(config, { index, port: 8080 }),
  );
}

describe("configOfShare()", () => {
  test("leaves everything but the port to one process", () => {
    expect(shares({})).toEqual([{ ...readConfig({}), port: 8080 }]);
  });

  test("splits render processes and places in the queue as evenly as possible", () => {
    const configs = shares({
      PROGIMAGE_HTTP_PROCESSES: "3",
      PROGIMAGE_RENDER_PROCESSES: "5",
      PROGIMAGE_QUEUE_LENGTH: "100",
    });
    expect(configs.map(({ renderProcesses }) => renderProcesses)).toEqual([2, 2, 1]);
    expect(configs.map(({ queueLength }) => queueLength)).toEqual([34, 33, 33]);
  });

  test("gives every process at least one of each", () => {
    const few = { PROGIMAGE_RENDER_PROCESSES: "2", PROGIMAGE_QUEUE_LENGTH: "1" };
    for (const config of shares({ PROGIMAGE_HTTP_PROCESSES: "4", ...few }))
      expect(config).toMatchObject({ renderProcesses: 1, queueLength: 1, probeProcesses: 1 });
  });

  test("splits the limit of incoming bytes, but leaves room for the largest request", () => {
    const bytes = (settings: Record<string, string>) =>
      shares({ PROGIMAGE_HTTP_PROCESSES: "4", PROGIMAGE_MAX_INCOMING_BYTES: "4000", ...settings }).map(
        ({ maxIncomingBytes }) => maxIncomingBytes,
      );
    const limits = (upload: number, request: number, archive = 100) => ({
      PROGIMAGE_MAX_UPLOAD_BYTES: String(upload),
      PROGIMAGE_MAX_REQUEST_BYTES: String(request),
      PROGIMAGE_MAX_ARCHIVE_BYTES: String(archive),
    });
    expect(bytes(limits(100, 200))).toEqual([1000, 1000, 1000, 1000]);
    expect(bytes(limits(100, 3000))).toEqual([3000, 3000, 3000, 3000]);
    expect(bytes(limits(3000, 100))).toEqual([3000, 3000, 3000, 3000]);
    expect(bytes(limits(100, 100, 3000))).toEqual([3000, 3000, 3000, 3000]);
    expect(bytes(limits(9000, 9000))).toEqual([4000, 4000, 4000, 4000]);
  });
});

test("shareArguments() gives what readShare() reads", () => {
  const share = { index: 3, port: 0 };
  for (const memory of [null, 9])
    expect(readShare(shareArguments({ ...share, memory }))).toEqual({
      ...share,
      hasSharedMemory: memory !== null,
    });
});
