import { availableParallelism, totalmem } from "node:os";
import { SHRINK_ON_LOAD } from "@progimage/core";
import { choice, commandLine, integer, text } from "./setting.ts";

/** Enough for a photograph. */
const LEAST_TOTAL_BYTES = 268_435_456;

/** Returns half of the memory of the machine, or of the memory that the system allows to the program. */
function halfOfMemory(): number {
  const total = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  return Math.max(LEAST_TOTAL_BYTES, Math.floor(total / 2));
}

/** The processes that answer and render, and the limits of their queues. */
export const PROCESS_SETTINGS = {
  httpProcesses: integer(
    "PROGIMAGE_HTTP_PROCESSES",
    1,
    "Processes that answer requests, all on the same port. Settings count for all of them together, unless they say for each",
    { min: 1, max: 64 },
  ),
  livenessTimeoutMs: integer(
    "PROGIMAGE_LIVENESS_TIMEOUT_MS",
    30_000,
    "Time without a sign of life after which an HTTP process is replaced",
    { min: 1_000 },
  ),
  renderProcesses: integer(
    "PROGIMAGE_RENDER_PROCESSES",
    availableParallelism() + 1,
    "Processes that render; one more than cores, so that no core waits while one of them takes its next task. Each HTTP process has its part of them, but at least one",
    { min: 1, max: 256 },
  ),
  probeProcesses: integer(
    "PROGIMAGE_PROBE_PROCESSES",
    1,
    "Processes that only check uploads, for each HTTP process",
    { min: 1, max: 256 },
  ),
  renderDeadlineMs: integer(
    "PROGIMAGE_RENDER_DEADLINE_MS",
    10_000,
    "CPU time that a render may take. A render that uses none is ended after five times as long",
    { min: 100 },
  ),
  probeDeadlineMs: integer(
    "PROGIMAGE_PROBE_DEADLINE_MS",
    2_000,
    "CPU time that the check of an upload may take",
    { min: 100 },
  ),
  renderMemoryBytes: integer(
    "PROGIMAGE_RENDER_MEMORY_BYTES",
    2_147_483_648,
    "Memory of a render process that may be resident",
    { min: 1_073_741_824 },
  ),
  renderMemoryTotalBytes: integer(
    "PROGIMAGE_RENDER_MEMORY_TOTAL_BYTES",
    halfOfMemory(),
    "Memory that all renders under way may take together, as predicted: others wait, and one that would take more by itself is refused. Each HTTP process has its part, in which a larger one renders alone",
    { min: LEAST_TOTAL_BYTES },
  ),
  renderWrapper: commandLine(
    "PROGIMAGE_RENDER_WRAPPER",
    "Command that starts each render process in a sandbox, such as bwrap or nsjail with its options, by spaces. The command of the process follows it",
  ),
  renderRetireAfter: integer(
    "PROGIMAGE_RENDER_RETIRE_AFTER",
    10_000,
    "Tasks after which a render process is replaced; 0 never",
  ),
  shrinkOnLoad: choice(
    "PROGIMAGE_SHRINK_ON_LOAD",
    SHRINK_ON_LOAD,
    "good",
    "How much of a shrink decoders do: fast: as much as they can, for less CPU time; good: JPEGs keep twice the size of the result, so that it is sharp; best: WebPs are decoded at full size too",
  ),
  fontsDir: text(
    "PROGIMAGE_FONTS_DIR",
    "",
    "Folder of TrueType and OpenType fonts for texts, with the folders in it; for scripts that the bundled fonts lack, such as Chinese, Japanese and Korean",
  ),
  queueLength: integer(
    "PROGIMAGE_QUEUE_LENGTH",
    512,
    "Renders, and likewise uploads, that may wait for a process. Each HTTP process has its part",
    { min: 1 },
  ),
  queueWaitMs: integer(
    "PROGIMAGE_QUEUE_WAIT_MS",
    2_000,
    "Time that a render may wait for a process; one that would wait longer is refused at once",
    { min: 1 },
  ),
  bulkWaitMs: integer(
    "PROGIMAGE_BULK_WAIT_MS",
    30_000,
    "Time that one of many renders of a request may wait, behind all renders that are requested singly",
    { min: 1 },
  ),
  probeWaitMs: integer("PROGIMAGE_PROBE_WAIT_MS", 30_000, "Time that an upload may wait for its check", {
    min: 1,
  }),
};
