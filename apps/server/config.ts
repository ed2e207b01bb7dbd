import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { DEFAULT_LIMITS } from "@progimage/core";
import {
  choice,
  flag,
  integer,
  keyPrefix,
  list,
  origins,
  postgresUrl,
  type Setting,
  text,
  url,
  webhookSecret,
} from "./setting.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Every setting of the server. This table is read, checked, printed by `--help` and written to docs/configuration.md. */
export const SETTINGS = {
  host: text(
    "PROGIMAGE_HOST",
    "127.0.0.1",
    "Address to listen on. Others than loopback need PROGIMAGE_ACCESS to be said",
  ),
  port: integer("PROGIMAGE_PORT", 3000, "Port to listen on; 0 picks a free one and prints it", {
    max: 65_535,
  }),
  publicUrl: url(
    "PROGIMAGE_PUBLIC_URL",
    "URL under which callers reach the server, for links; may hold a path",
  ),
  access: choice("PROGIMAGE_ACCESS", ["open"], "open", "Who may call: open lets everybody who can connect"),
  dataDir: text(
    "PROGIMAGE_DATA_DIR",
    "./data",
    "Folder of all state, unless one of the next three says otherwise",
  ),
  fsDir: text("PROGIMAGE_FS_DIR", "", "Folder of images and derivatives; without it fs in the data folder"),
  dbDir: text("PROGIMAGE_DB_DIR", "", "Folder of the database; without it db in the data folder"),
  tmpDir: text("PROGIMAGE_TMP_DIR", "", "Folder of what is never kept; without it tmp in the data folder"),
  s3Endpoint: url(
    "PROGIMAGE_S3_ENDPOINT",
    "URL of an S3 service. With the next four, images and derivatives are in its bucket; the folders then hold copies only",
  ),
  s3Bucket: text("PROGIMAGE_S3_BUCKET", "", "Bucket of S3"),
  s3Region: text("PROGIMAGE_S3_REGION", "auto", "Region of the bucket; many services need none"),
  s3AccessKeyId: text("PROGIMAGE_S3_ACCESS_KEY_ID", "", "Access key of S3"),
  s3SecretAccessKey: text("PROGIMAGE_S3_SECRET_ACCESS_KEY", "", "Secret key of S3"),
  s3Prefix: keyPrefix(
    "PROGIMAGE_S3_PREFIX",
    "What all keys in the bucket begin with, so that others can use it too: images/",
  ),
  s3AtATime: integer(
    "PROGIMAGE_S3_AT_A_TIME",
    48,
    "Requests to S3 at a time, for each HTTP process: so many short reads, so many long ones, and so many writes",
    { min: 1, max: 64 },
  ),
  exchangeDir: text(
    "PROGIMAGE_EXCHANGE_DIR",
    "",
    "Folder whose files callers may have imported, and to which jobs may write; without it, the next if there is S3, else none",
  ),
  exchangePrefix: keyPrefix(
    "PROGIMAGE_EXCHANGE_PREFIX",
    "What the keys of such files in the bucket begin with; without it, that of all keys and exchange/",
  ),
  s3Redirect: flag(
    "PROGIMAGE_S3_REDIRECT",
    false,
    "Whether callers get originals from S3 itself, by a redirect to a URL that is good for a few minutes: they must be able to reach it",
  ),
  databaseUrl: postgresUrl(
    "PROGIMAGE_DATABASE_URL",
    "Postgres database to use instead of SQLite, so that several machines can share it: postgres://user:password@host:5432/name",
  ),
  databaseConnections: integer(
    "PROGIMAGE_DATABASE_CONNECTIONS",
    10,
    "Connections to Postgres at a time, for each HTTP process",
    { min: 1, max: 1_000 },
  ),
  plugins: list(
    "PROGIMAGE_PLUGINS",
    "Plugins to load besides the built-in ones: package names or paths, by commas",
  ),
  pluginsDir: text("PROGIMAGE_PLUGINS_DIR", ".", "Folder from which plugins are resolved"),
  presets: text("PROGIMAGE_PRESETS", "", "JSON file of named recipes"),
  fetch: flag("PROGIMAGE_FETCH", true, "Whether callers may name images by URL"),
  fetchAllowHosts: list(
    "PROGIMAGE_FETCH_ALLOW_HOSTS",
    "Hosts that may be fetched from although they are not public, by commas: images.internal, *.corp.example:8080, 10.0.0.5",
  ),
  corsOrigins: origins(
    "PROGIMAGE_CORS_ORIGINS",
    "Origins whose pages may call the server, by commas: https://app.example.com; * for all",
  ),
  logLevel: choice(
    "PROGIMAGE_LOG_LEVEL",
    ["trace", "debug", "info", "warn", "error", "silent"],
    "info",
    "How much is logged",
  ),
  logFormat: choice(
    "PROGIMAGE_LOG_FORMAT",
    ["auto", "json", "pretty"],
    "auto",
    "How it is logged: auto is pretty in a terminal, else JSON",
  ),
  debug: flag(
    "PROGIMAGE_DEBUG",
    false,
    "Logs everything and tells callers the causes of errors: not for production",
  ),

  httpProcesses: integer(
    "PROGIMAGE_HTTP_PROCESSES",
    1,
    "Processes that answer requests, all on the same port. Settings count for all of them together, unless they say for each",
    { min: 1, max: 64 },
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
  renderDeadlineMs: integer("PROGIMAGE_RENDER_DEADLINE_MS", 10_000, "Time that a render may take", {
    min: 100,
  }),
  probeDeadlineMs: integer(
    "PROGIMAGE_PROBE_DEADLINE_MS",
    2_000,
    "Time that the check of an upload may take",
    { min: 100 },
  ),
  renderMemoryBytes: integer(
    "PROGIMAGE_RENDER_MEMORY_BYTES",
    2_147_483_648,
    "Memory that a render process may use",
    { min: 1_073_741_824 },
  ),
  renderRetireAfter: integer(
    "PROGIMAGE_RENDER_RETIRE_AFTER",
    10_000,
    "Tasks after which a render process is replaced; 0 never",
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
    "Time that a render of many for one request may wait, behind all that are asked for by themselves",
    { min: 1 },
  ),
  probeWaitMs: integer("PROGIMAGE_PROBE_WAIT_MS", 30_000, "Time that an upload may wait for its check", {
    min: 1,
  }),

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
    2_000_000_000,
    "Bytes of an archive of images, as it is sent",
    { min: 1 },
  ),
  maxArchiveEntries: integer(
    "PROGIMAGE_MAX_ARCHIVE_ENTRIES",
    100_000,
    "Entries of an archive of images, folders included",
    { min: 1 },
  ),
  maxUnpackedBytes: integer(
    "PROGIMAGE_MAX_UNPACKED_BYTES",
    4_000_000_000,
    "Bytes of everything in an archive of images, unpacked",
    { min: 1 },
  ),
  maxUnpackedRatio: integer(
    "PROGIMAGE_MAX_UNPACKED_RATIO",
    100,
    "How many times as large as it was sent an archive of images may become, beyond its first 10 MB",
    { min: 1 },
  ),
  maxBulkIds: integer("PROGIMAGE_MAX_BULK_IDS", 10_000, "Images that one request may name by their ids", {
    min: 1,
  }),
  maxFiles: integer("PROGIMAGE_MAX_FILES", 1_000, "Images in one request", { min: 1 }),
  maxOutputs: integer("PROGIMAGE_MAX_OUTPUTS", 100, "Results of one request to process images", { min: 1 }),
  fetchMaxBytes: integer("PROGIMAGE_FETCH_MAX_BYTES", 20_000_000, "Bytes of an image that is fetched", {
    min: 1,
  }),
  fetchAtATime: integer(
    "PROGIMAGE_FETCH_AT_A_TIME",
    64,
    "Images that may be fetched at a time, for each HTTP process",
    { min: 1 },
  ),
  fetchDeadlineMs: integer("PROGIMAGE_FETCH_DEADLINE_MS", 10_000, "Time that a fetch may take", { min: 100 }),
  fetchMaxRedirects: integer("PROGIMAGE_FETCH_MAX_REDIRECTS", 3, "Redirects that a fetch follows", {
    max: 20,
  }),
  maxJsonBytes: integer("PROGIMAGE_MAX_JSON_BYTES", 65_536, "Bytes of a JSON request body", { min: 1 }),
  maxIncomingBytes: integer(
    "PROGIMAGE_MAX_INCOMING_BYTES",
    4_000_000_000,
    "Bytes on their way in at a time. Each HTTP process has its part, but room for the largest request",
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
    "Frames of an animation",
    { min: 1 },
  ),
  maxSteps: integer("PROGIMAGE_MAX_STEPS", DEFAULT_LIMITS.recipeSteps, "Steps in a recipe", { min: 1 }),
  maxIntermediatePixels: integer(
    "PROGIMAGE_MAX_INTERMEDIATE_PIXELS",
    DEFAULT_LIMITS.intermediatePixels,
    "Pixels held between two steps",
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
  jobItemsAtATime: integer(
    "PROGIMAGE_JOB_ITEMS_AT_A_TIME",
    availableParallelism() + 5,
    "Images of jobs that are processed at a time: a few more than render processes, so that none of these waits; 0 runs no jobs. Each HTTP process has its part, but at least one",
    { max: 1_024 },
  ),
  maxJobSources: integer("PROGIMAGE_MAX_JOB_SOURCES", DEFAULT_LIMITS.jobSources, "Ids or URLs of a job", {
    min: 1,
  }),
  maxJobOutputs: integer(
    "PROGIMAGE_MAX_JOB_OUTPUTS",
    DEFAULT_LIMITS.jobOutputs,
    "Results that a job makes of each image",
    { min: 1 },
  ),
  maxJobJsonBytes: integer(
    "PROGIMAGE_MAX_JOB_JSON_BYTES",
    4_000_000,
    "Bytes of the JSON that begins a job, or that lists URLs to store in the background",
    { min: 1 },
  ),
  maxEventListeners: integer(
    "PROGIMAGE_MAX_EVENT_LISTENERS",
    1_000,
    "Clients that may follow jobs by their events at a time, for each HTTP process",
  ),
  webhookSecret: webhookSecret(
    "PROGIMAGE_WEBHOOK_SECRET",
    "Signs webhooks, which are refused without it: whsec_ and 24 to 64 bytes in base64. They are sent to public hosts, and to those of PROGIMAGE_FETCH_ALLOW_HOSTS",
  ),
  webhookDeadlineMs: integer(
    "PROGIMAGE_WEBHOOK_DEADLINE_MS",
    10_000,
    "Time in which a webhook must be answered",
    { min: 100 },
  ),
  webhookRetryMs: integer(
    "PROGIMAGE_WEBHOOK_RETRY_MS",
    5_000,
    "Time after which a webhook that was not heard is sent again; three times as long after each further time, up to six hours, twelve times in all",
    { min: 1 },
  ),

  uploadIdleMs: integer("PROGIMAGE_UPLOAD_IDLE_MS", 30_000, "Time in which an upload must send something", {
    min: 1_000,
    max: 255_000,
  }),
  uploadDeadlineMs: integer("PROGIMAGE_UPLOAD_DEADLINE_MS", HOUR, "Time that an upload may take", {
    min: 1_000,
  }),
  uploadMinRate: integer(
    "PROGIMAGE_UPLOAD_MIN_RATE",
    1_000,
    "Bytes a second that an upload must send on average after its first idle time",
  ),

  derivativeCacheBytes: integer(
    "PROGIMAGE_DERIVATIVE_CACHE_BYTES",
    10_000_000_000,
    "Bytes of rendered images that are kept",
  ),
  sourceCacheBytes: integer(
    "PROGIMAGE_SOURCE_CACHE_BYTES",
    10_000_000_000,
    "Bytes of copies of originals that are kept on the local disk to render from, where they are in S3",
  ),
  memoryCacheBytes: integer(
    "PROGIMAGE_MEMORY_CACHE_BYTES",
    64_000_000,
    "Bytes of small rendered images that each HTTP process also keeps in memory, those used last; 0 none",
  ),
  maxAge: integer(
    "PROGIMAGE_MAX_AGE",
    86_400,
    "Seconds for which callers may keep a rendered image without asking",
  ),
  staleWhileRevalidate: integer(
    "PROGIMAGE_STALE_WHILE_REVALIDATE",
    604_800,
    "Seconds for which they may show it after that while they ask",
  ),

  sweepIntervalMs: integer(
    "PROGIMAGE_SWEEP_INTERVAL_MS",
    MINUTE,
    "Time between two rounds of clearing away what nobody needs",
    { min: 100 },
  ),
  blobGraceMs: integer("PROGIMAGE_BLOB_GRACE_MS", DAY, "Time after which bytes without an image go", {
    min: 2 * HOUR,
  }),
  leftoverAgeMs: integer(
    "PROGIMAGE_LEFTOVER_AGE_MS",
    10 * MINUTE,
    "Time after which temporary files of crashed processes go",
    { min: 1_000 },
  ),
  drainMs: integer("PROGIMAGE_DRAIN_MS", 10_000, "Time that requests have to finish when the server stops"),
} satisfies Readonly<Record<string, Setting<unknown>>>;

type Settings = typeof SETTINGS;

/** The settings of a server as they were read. */
export type Config = { readonly [Name in keyof Settings]: ReturnType<Settings[Name]["read"]> };

/** A configuration that cannot be used: one sentence per variable. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const BUCKET_REGEXP = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

const LOOPBACK_REGEXP = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;

/**
 * Reads the configuration from an environment. Folders become absolute.
 *
 * @throws {ConfigError} that names every variable at fault
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { variable, fallback, isSecret, read }] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const value = environment[variable] || fallback;
    try {
      values[name] = read(value);
    } catch (error) {
      const found = isSecret ? "it is something else" : `it is ${JSON.stringify(value)}`;
      problems.push(`Cannot use ${variable} as it must be ${(error as Error).message}: ${found}`);
    }
  }
  const config = values as Config;
  if (!LOOPBACK_REGEXP.test(config.host) && !environment["PROGIMAGE_ACCESS"]) {
    problems.push(
      `Cannot listen on PROGIMAGE_HOST ${JSON.stringify(config.host)} unless PROGIMAGE_ACCESS is set: with "open", everybody who can connect may use the server`,
    );
  }
  problems.push(...incompleteS3(config));
  if (problems.length > 0) throw new ConfigError(problems.join("\n"));
  return withFolders(config);
}

/** Gives the variables that look like settings but are none, such as misspelt ones. */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const known = new Set(Object.values(SETTINGS).map(({ variable }) => variable));
  return Object.keys(environment).filter((name) => name.startsWith("PROGIMAGE_") && !known.has(name));
}

/** Images must not end up on the local disk because one of these is misspelt. */
function incompleteS3(config: Config): readonly string[] {
  const needed = ["s3Endpoint", "s3Bucket", "s3AccessKeyId", "s3SecretAccessKey"] as const;
  const given = needed.filter((name) => config[name] !== "");
  const missing = needed.filter((name) => config[name] === "").map((name) => SETTINGS[name].variable);
  if (missing.length === 0 && !BUCKET_REGEXP.test(config.s3Bucket))
    return [
      `Cannot use PROGIMAGE_S3_BUCKET as it must be the name of a bucket: it is ${JSON.stringify(config.s3Bucket)}`,
    ];
  if (given.length === 0 || missing.length === 0) return [];
  return [
    `Cannot use S3 unless all of its settings are given: there is ${given.map((name) => SETTINGS[name].variable).join(", ")}, but not ${missing.join(", ")}`,
  ];
}

function withFolders(config: Config): Config {
  const dataDir = resolve(config.dataDir);
  return {
    ...config,
    dataDir,
    fsDir: resolve(config.fsDir || join(dataDir, "fs")),
    dbDir: resolve(config.dbDir || join(dataDir, "db")),
    tmpDir: resolve(config.tmpDir || join(dataDir, "tmp")),
    exchangeDir: config.exchangeDir && resolve(config.exchangeDir),
    pluginsDir: resolve(config.pluginsDir),
    presets: config.presets && resolve(config.presets),
  };
}
