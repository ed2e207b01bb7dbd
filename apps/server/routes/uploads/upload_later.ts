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

/** Files of one form that are published while the next ones arrive. */
const MAX_UNSETTLED = 32;

/** Seconds that the connection may be silent while an archive is looked through or published. */
const KEEP_ALIVE_SECONDS = 255;

/** What a client has done wrong with one file, which is no fault of the others. */
const FILE_FAULTS: ReadonlySet<string> = new Set([
  "conflicting_parameters",
  "field_after_file",
  "invalid_parameter",
  "invalid_request",
  "too_large",
  "unknown_parameter",
]);

/**
 * Takes an archive in and has a job store its images, for a client that would rather not wait. The archive is looked through first: one
 * that cannot be read to its end is refused as a whole.
 *
 * @throws {ProgImageError} whatever is wrong with the request or the archive
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
 * Takes the files of a form in and has a job store them, for a client that would rather not wait. What is wrong with a file alone
 * becomes of its item; a form that breaks off is refused as a whole.
 *
 * @throws {ProgImageError} whatever is wrong with the request or the form
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

/** Begins the job. Bytes that it does not need after all, as it was begun before or is refused, go. */
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
    // Where it is not sure what has become of the job, its bytes are left to the sweep.
    const isSure = isProgImageError(error) && error.code !== "unavailable" && error.code !== "storage_error";
    if (isSure) await drop(context, stagedKeys(select));
    throw error;
  }
}

/** What cannot be removed now is found by the sweep. */
async function drop({ ports }: ServerContext, keys: readonly string[]): Promise<void> {
  await dropStaged(ports, keys).catch(() => {});
}

/** The form as it comes in. */
interface Staging {
  readonly fields: UploadFields;
  /** Hears under which keys bytes were staged. */
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

/** Resolves once the bytes of a file are safe, or with what is wrong with it alone. */
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
