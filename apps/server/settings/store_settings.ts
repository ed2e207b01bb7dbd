import { flag, integer, keyPrefix, metadataKeys, postgresUrl, secret, text, url } from "./setting.ts";

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

/** The location of images and their records. */
export const STORE_SETTINGS = {
  dataDir: text(
    "PROGIMAGE_DATA_DIR",
    "./data",
    "Folder of all state, unless one of the next three says otherwise",
  ),
  fsDir: text("PROGIMAGE_FS_DIR", "", "Folder of images and derivatives; without it fs in the data folder"),
  dbDir: text("PROGIMAGE_DB_DIR", "", "Folder of the database; without it db in the data folder"),
  tmpDir: text("PROGIMAGE_TMP_DIR", "", "Folder of temporary files; without it tmp in the data folder"),
  metadataKeys: metadataKeys(
    "PROGIMAGE_METADATA_KEYS",
    "Keys of metadata by which images are found (metadata.sku=A-1), by commas. After a change the start looks at all images once",
  ),
  s3Endpoint: url(
    "PROGIMAGE_S3_ENDPOINT",
    "URL of an S3 service. With the next four, images and derivatives are in its bucket; the folders then hold copies only",
  ),
  s3Bucket: text("PROGIMAGE_S3_BUCKET", "", "Bucket of S3"),
  s3Region: text("PROGIMAGE_S3_REGION", "auto", "Region of the bucket; many services need none"),
  s3AccessKeyId: secret("PROGIMAGE_S3_ACCESS_KEY_ID", "Access key of S3"),
  s3SecretAccessKey: secret("PROGIMAGE_S3_SECRET_ACCESS_KEY", "Secret key of S3"),
  s3SessionToken: secret(
    "PROGIMAGE_S3_SESSION_TOKEN",
    "Session token of keys that are valid for some hours only",
  ),
  s3StandardCredentials: flag(
    "PROGIMAGE_S3_STANDARD_CREDENTIALS",
    false,
    "Whether keys come from the standard chain of AWS instead: environment, shared files, the role of a container or a machine",
  ),
  s3Prefix: keyPrefix(
    "PROGIMAGE_S3_PREFIX",
    "Prefix of all keys in the bucket, so that it can be shared: images/",
  ),
  s3AtATime: integer(
    "PROGIMAGE_S3_AT_A_TIME",
    48,
    "Requests to S3 at a time, for each HTTP process: so many short reads, so many long ones, and so many writes",
    { min: 1, max: 64 },
  ),
  s3Redirect: flag(
    "PROGIMAGE_S3_REDIRECT",
    false,
    "Whether callers get originals from S3 itself, by a redirect to a URL that is valid for a few minutes: callers must be able to reach S3",
  ),
  exchangeDir: text(
    "PROGIMAGE_EXCHANGE_DIR",
    "",
    "Folder of the exchange: callers can import its files, and jobs can write to it. Without it, the exchange is in the bucket of S3, if there is one",
  ),
  exchangePrefix: keyPrefix(
    "PROGIMAGE_EXCHANGE_PREFIX",
    "Prefix of the keys of the exchange in the bucket; without it, that of all keys and exchange/",
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
  databaseOutageMs: integer(
    "PROGIMAGE_DATABASE_OUTAGE_MS",
    10 * MINUTE,
    "Time for which recently requested images are still delivered, and keys and hosts that were seen still accepted, while Postgres does not answer; 0 none",
  ),
  sweepIntervalMs: integer("PROGIMAGE_SWEEP_INTERVAL_MS", MINUTE, "Time between two sweeps of unused files", {
    min: 100,
  }),
  blobGraceMs: integer(
    "PROGIMAGE_BLOB_GRACE_MS",
    DAY,
    "Time after which bytes without an image are removed; at least two hours, as an upload in progress may use them",
    { min: 2 * HOUR },
  ),
  deletedGraceMs: integer(
    "PROGIMAGE_DELETED_GRACE_MS",
    7 * DAY,
    "Time in which a deleted image can be restored; its bytes are removed after that",
  ),
  quarantineMs: integer(
    "PROGIMAGE_QUARANTINE_MS",
    7 * DAY,
    "Time that bytes without a record stay in quarantine, from where fsck brings them back, before they are removed",
    { min: HOUR },
  ),
  scrubBytesPerDay: integer(
    "PROGIMAGE_SCRUB_BYTES_PER_DAY",
    10_000_000_000,
    "Bytes of stored images that are read again each day and compared with their SHA-256; 0 none",
  ),
  leftoverAgeMs: integer(
    "PROGIMAGE_LEFTOVER_AGE_MS",
    10 * MINUTE,
    "Time after which temporary files of crashed processes are removed",
    { min: 1_000 },
  ),
};
