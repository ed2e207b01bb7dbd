import {
  type ArchiveKind,
  dropStaged,
  isProgImageError,
  type JobAttributes,
  jobProblemOf,
  type JobSelection,
  listArchive,
  type RefusedUpload,
  settleExpiry,
  stagedKeys,
  type StagedUpload,
  stageFile,
} from "@progimage/core";
import { idempotencyKeyOf } from "../../request/idempotency_key.ts";
import { contextOf } from "../../http/request_context.ts";
import { cleanName, type UploadFields } from "../../request/upload_fields.ts";
import { inOrder } from "../../http/in_order.ts";
import type { ServerContext } from "../../server_context.ts";
import { answerNewJob } from "../begin_job.ts";
import { type FormFile, formFiles } from "./form_files.ts";
import { archiveBody } from "./upload_archive.ts";

/** Files of one form that are staged while the next ones arrive. */
const MAX_UNSETTLED = 32;

/** Seconds that the connection may be silent while an archive is checked or staged. */
const KEEP_ALIVE_SECONDS = 255;

/** Client errors in a single file, which do not affect other files. */
const FILE_FAULTS: ReadonlySet<string> = new Set([
  "conflicting_parameters",
  "field_after_file",
  "invalid_parameter",
  "invalid_request",
  "too_large",
  "unknown_parameter",
]);

/**
 * Receives an archive and creates a job that stores its images, for a client that prefers not to wait. Checks the archive first: it is
 * refused as a whole if it cannot be read to its end.
 *
 * @throws {ProgImageError} for any error of the request or the archive
 */
export async function storeArchiveLater(
  context: ServerContext,
  request: Request,
  kind: ArchiveKind,
  fields: UploadFields,
): Promise<Response> {
  idempotencyKeyOf(request);
  const { ports } = context;
  const attributes = settleExpiry(fields.sharedAttributes(ports), ports.now());
  const limit = ports.limits.archiveBytes;
  await using file = await ports.spool.receive(archiveBody(context, request), { limit });
  contextOf(request).keepAlive(KEEP_ALIVE_SECONDS);
  const names = (await listArchive(ports, kind, file)).map(cleanName);
  contextOf(request).keepAlive(KEEP_ALIVE_SECONDS);
  const archive = { archive: kind, ...(await stageFile(ports, file)) };
  return await answerStagedJob(context, request, { archive, names }, attributes);
}

/**
 * Receives the files of a form and creates a job that stores them, for a client that prefers not to wait. An error in one file is
 * reported in that file's item; a form that breaks off is refused as a whole.
 *
 * @throws {ProgImageError} for any error of the request or the form
 */
export async function storeFormLater(
  context: ServerContext,
  request: Request,
  contentType: string,
  fields: UploadFields,
): Promise<Response> {
  idempotencyKeyOf(request);
  const keys: string[] = [];
  const uploads: (RefusedUpload | StagedUpload)[] = [];
  try {
    const staging = stageForm(context, request, contentType, { fields, keys });
    for await (const upload of staging) uploads.push(upload);
  } catch (error) {
    await drop(context, keys);
    throw error;
  }
  return await answerStagedJob(context, request, { uploads }, {});
}

/** Creates the job. Removes the staged bytes if the job already exists or is refused. */
async function answerStagedJob(
  context: ServerContext,
  request: Request,
  select: JobSelection,
  attributes: JobAttributes,
): Promise<Response> {
  try {
    const wanted = { select, outputs: [], deliver: "images", attributes } as const;
    const response = await answerNewJob(context, request, wanted);
    if (response.headers.has("idempotent-replayed")) await drop(context, stagedKeys(select));
    response.headers.set("preference-applied", "respond-async");
    return response;
  } catch (error) {
    // If it is uncertain whether the job exists, its bytes are left to the sweep.
    const isSure = isProgImageError(error) && error.code !== "unavailable" && error.code !== "storage_error";
    if (isSure) await drop(context, stagedKeys(select));
    throw error;
  }
}

/** The sweep removes bytes that cannot be removed now. */
async function drop({ ports }: ServerContext, keys: readonly string[]): Promise<void> {
  await dropStaged(ports, keys).catch(() => {});
}

/** The state of a form while it is received. */
interface Staging {
  readonly fields: UploadFields;
  /** Collects the keys of staged bytes. */
  readonly keys: string[];
}

function stageForm(
  context: ServerContext,
  request: Request,
  contentType: string,
  { fields, keys }: Staging,
): AsyncGenerator<RefusedUpload | StagedUpload, void> {
  return inOrder<RefusedUpload | StagedUpload>(
    async (add) => {
      for await (const each of formFiles(context, request, contentType, fields))
        await add(stageUpload(context, each, keys));
      contextOf(request).keepAlive(KEEP_ALIVE_SECONDS);
    },
    { atATime: MAX_UNSETTLED },
  );
}

/** Resolves once the bytes of a file are durable, or with an error of this file alone. */
async function stageUpload(
  { ports }: ServerContext,
  arrived: FormFile,
  keys: string[],
): Promise<RefusedUpload | StagedUpload> {
  if ("error" in arrived) {
    const { error, fileName } = arrived;
    if (!isProgImageError(error) || !FILE_FAULTS.has(error.code)) throw error;
    return { upload: cleanName(fileName), problem: jobProblemOf(error) };
  }
  const { name, ...attributes } = settleExpiry(arrived.attributes, ports.now());
  await using file = arrived.file;
  const staged = await stageFile(ports, file);
  keys.push(staged.blob);
  return { upload: name ?? "", ...staged, attributes };
}
