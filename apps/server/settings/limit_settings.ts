import { DEFAULT_LIMITS } from "@progimage/core";
import { integer } from "./setting.ts";

const HOUR = 3_600_000;

/** Limits of a request. */
export const LIMIT_SETTINGS = {
  maxUploadBytes: integer("PROGIMAGE_MAX_UPLOAD_BYTES", DEFAULT_LIMITS.uploadBytes, "Bytes of one image", {
    min: 1,
  }),
  maxRequestBytes: integer(
    "PROGIMAGE_MAX_REQUEST_BYTES",
    2_000_000_000,
    "Bytes of a request with several images",
    { min: 1 },
  ),
  maxArchiveBytes: integer(
    "PROGIMAGE_MAX_ARCHIVE_BYTES",
    DEFAULT_LIMITS.archiveBytes,
    "Bytes of an archive of images, as it is sent",
    { min: 1 },
  ),
  maxArchiveEntries: integer(
    "PROGIMAGE_MAX_ARCHIVE_ENTRIES",
    DEFAULT_LIMITS.archiveEntries,
    "Entries of an archive of images, folders included",
    { min: 1 },
  ),
  minEntryBytes: integer(
    "PROGIMAGE_MIN_ENTRY_BYTES",
    DEFAULT_LIMITS.entryBytes,
    "Bytes that an archive of images must be sent with for each entry, beyond its first 1,000 entries",
    { min: 1 },
  ),
  maxUnpackedBytes: integer(
    "PROGIMAGE_MAX_UNPACKED_BYTES",
    DEFAULT_LIMITS.unpackedBytes,
    "Bytes of everything in an archive of images, unpacked",
    { min: 1 },
  ),
  maxUnpackedRatio: integer(
    "PROGIMAGE_MAX_UNPACKED_RATIO",
    DEFAULT_LIMITS.unpackedRatio,
    "How many times as large as it was sent an archive of images may become, beyond its first 10 MB",
    { min: 1 },
  ),
  maxSelectionItems: integer(
    "PROGIMAGE_MAX_SELECTION_ITEMS",
    DEFAULT_LIMITS.selectionItems,
    "Ids or URLs that one request or job may list",
    { min: 1 },
  ),
  maxFiles: integer("PROGIMAGE_MAX_FILES", 1_000, "Images in one request", { min: 1 }),
  maxOutputs: integer("PROGIMAGE_MAX_OUTPUTS", 100, "Results of one request to process images", { min: 1 }),
  maxJsonBytes: integer("PROGIMAGE_MAX_JSON_BYTES", 65_536, "Bytes of a JSON request body", { min: 1 }),
  maxJsonDepth: integer(
    "PROGIMAGE_MAX_JSON_DEPTH",
    DEFAULT_LIMITS.jsonDepth,
    "Lists and objects within each other in JSON that callers send",
    { min: 8, max: 1_000 },
  ),
  maxIncomingBytes: integer(
    "PROGIMAGE_MAX_INCOMING_BYTES",
    4_000_000_000,
    "Bytes that may be received at a time. Each HTTP process has its part, but room for the largest request",
    { min: 1 },
  ),
  maxSvgBytes: integer("PROGIMAGE_MAX_SVG_BYTES", DEFAULT_LIMITS.svgBytes, "Bytes of one SVG", { min: 1 }),
  maxInputPixels: integer(
    "PROGIMAGE_MAX_INPUT_PIXELS",
    DEFAULT_LIMITS.inputPixels,
    "Pixels of an image, all frames together",
    { min: 1 },
  ),
  maxInputSide: integer(
    "PROGIMAGE_MAX_INPUT_SIDE",
    DEFAULT_LIMITS.inputSide,
    "Width or height of an image in pixels",
    { min: 1 },
  ),
  maxInputFrames: integer(
    "PROGIMAGE_MAX_INPUT_FRAMES",
    DEFAULT_LIMITS.inputFrames,
    "Frames of an animation, or pages of a TIFF",
    { min: 1 },
  ),
  maxSteps: integer("PROGIMAGE_MAX_STEPS", DEFAULT_LIMITS.recipeSteps, "Steps in a recipe", { min: 1 }),
  maxIntermediatePixels: integer(
    "PROGIMAGE_MAX_INTERMEDIATE_PIXELS",
    DEFAULT_LIMITS.intermediatePixels,
    "Pixels held between two steps, or converted from colours that a file declares",
    { min: 1 },
  ),
  maxOutputSide: integer(
    "PROGIMAGE_MAX_OUTPUT_SIDE",
    DEFAULT_LIMITS.outputSide,
    "Width or height of a result in pixels",
    { min: 1 },
  ),
  maxOutputPixels: integer(
    "PROGIMAGE_MAX_OUTPUT_PIXELS",
    DEFAULT_LIMITS.outputPixels,
    "Pixels of a result, all frames together",
    { min: 1 },
  ),
  uploadIdleMs: integer("PROGIMAGE_UPLOAD_IDLE_MS", 30_000, "Time in which an upload must send something", {
    min: 1_000,
    max: 255_000,
  }),
  uploadDeadlineMs: integer("PROGIMAGE_UPLOAD_DEADLINE_MS", HOUR, "Time that an upload may take", {
    min: 1_000,
  }),
  sendIdleMs: integer(
    "PROGIMAGE_SEND_IDLE_MS",
    120_000,
    "Time in which a client must take some of its answer, of which the system holds a few megabytes, or send something on a connection that it keeps; else it is dropped",
    { min: 1_000, max: 250_000 },
  ),
  uploadMinRate: integer(
    "PROGIMAGE_UPLOAD_MIN_RATE",
    1_000,
    "Bytes a second that an upload must send on average after its first idle time",
  ),
};
