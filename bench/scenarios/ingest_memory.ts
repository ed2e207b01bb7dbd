import { descendants, LARGE_SETTINGS, peakBytes, startServer, uploadLarge } from "@progimage/server/testing";
import type { Scenario } from "../scenario.ts";
import { rounded } from "../statistics.ts";

const MEGABYTE = 1_000_000;
const LIMIT_BYTES = 150 * MEGABYTE;

/** How much memory the HTTP process uses during the upload of one large file. */
export const ingestMemory: Scenario = {
  name: "ingest-memory",
  summary: "the peak memory of the HTTP process while 300 MB come in, raw and as a form",
  async run({ report }) {
    const results = [];
    for (const kind of ["raw", "multipart"] as const) {
      await using server = await startServer({
        settings: { ...LARGE_SETTINGS, PROGIMAGE_LOG_LEVEL: "warn" },
      });
      const [httpProcess = 0] = await descendants(server.pid);
      const before = await peakBytes(httpProcess);
      const status = await uploadLarge(server.url, kind);
      const peak = await peakBytes(httpProcess);
      report(
        `${kind}: ${status}, ${Math.round(before / MEGABYTE)} MB before, peak ${Math.round(peak / MEGABYTE)} MB`,
      );
      results.push({
        name: `peak memory of the HTTP process, 300 MB ${kind} upload`,
        measured: rounded(peak / MEGABYTE),
        unit: "MB",
        target: "< 150",
        reached: status === 201 && peak < LIMIT_BYTES,
        detail: { before, peak, status },
      });
    }
    return results;
  },
};
