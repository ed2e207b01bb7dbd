import { ProgImageError, type SaidAttributes, type SpooledFile } from "@progimage/core";
import type { FieldPart, FilePart } from "../../request/multipart.ts";
import type { UploadFields } from "../../request/upload_fields.ts";
import type { ServerContext } from "../../server_context.ts";
import { formParts } from "./form_parts.ts";

/** A file of a form: received, or refused with an error. */
export type FormFile = ArrivedFile | RefusedFile;

/** A received file with its attributes. */
export interface ArrivedFile {
  readonly file: SpooledFile;
  readonly fileName: string;
  /** Counted from 0. */
  readonly place: number;
  readonly attributes: SaidAttributes;
}

/** A refused file, of which nothing is kept. */
export interface RefusedFile {
  readonly error: unknown;
  readonly fileName: string;
  readonly place: number;
}

/** A file that more fields may follow. */
interface HeldFile {
  readonly arrived: FormFile;
  /** The fields before it. */
  readonly fields: UploadFields;
  readonly behind: FieldPart[];
}

/**
 * Yields the files of a form, each once it is known whether another one follows. Fields apply to the files after them. Fields after an
 * only file apply to it as well; fields after the last of several files are an error, and this file is refused.
 *
 * A file after an invalid field is refused. If the form breaks off, it yields nothing for an only file.
 *
 * @throws {ProgImageError} for an error of the whole form, or of a field before the first file
 */
export async function* formFiles(
  context: ServerContext,
  request: Request,
  contentType: string,
  fields: UploadFields,
): AsyncGenerator<FormFile, void> {
  let held: HeldFile | null = null;
  let fault: Fault | null = null;
  try {
    for await (const part of formParts(context, request, contentType)) {
      if (part.kind === "field") fault = takeField(fields, part, held) ?? fault;
      else {
        const before: FormFile | null = held && held.arrived;
        held = null;
        if (before) yield before;
        held = await receiveFile(context, part, { fields, fault, place: before ? before.place + 1 : 0 });
      }
    }
    if (!held) throw noFile();
    const last: HeldFile = held;
    held = null;
    yield await settleLast(context, last);
  } catch (error) {
    // Files before the fault are kept. An only file may have lost fields that would have followed.
    if (held && held.arrived.place > 0) {
      const { arrived } = held;
      held = null;
      yield arrived;
    }
    throw error;
  } finally {
    if (held) await dispose(held.arrived);
  }
}

/** The reason why files after a field cannot be stored. */
interface Fault {
  readonly error: unknown;
}

/** Adds a field. Returns its error if a file has come before it. */
function takeField(fields: UploadFields, part: FieldPart, held: HeldFile | null): Fault | null {
  held?.behind.push(part);
  try {
    fields.add(part.name, part.value);
    return null;
  } catch (error) {
    if (!held) throw error;
    return { error };
  }
}

/** The context of a file that begins to arrive. */
interface Arriving {
  readonly fields: UploadFields;
  readonly fault: Fault | null;
  readonly place: number;
}

async function receiveFile(
  { config, ports }: ServerContext,
  part: FilePart,
  { fields, fault, place }: Arriving,
): Promise<HeldFile> {
  const before = fields.copy();
  fields.passFile();
  const { fileName } = part;
  const hold = (arrived: FormFile): HeldFile => ({ arrived, fields: before, behind: [] });
  try {
    if (fault) throw fault.error;
    const attributes = before.attributesFor(fileName, ports);
    const file = await ports.spool.receive(part.body, { limit: config.maxUploadBytes });
    return hold({ file, fileName, place, attributes });
  } catch (error) {
    part.skip();
    return hold({ error, fileName, place });
  }
}

/** Applies the fields after the last file, if it is the only one. */
async function settleLast(
  { ports }: ServerContext,
  { arrived, fields, behind }: HeldFile,
): Promise<FormFile> {
  const [first] = behind;
  if (!first || "error" in arrived) return arrived;
  const { fileName, place } = arrived;
  try {
    for (const { name, value } of behind) fields.add(name, value);
    if (place > 0) throw fieldAfterFile(first);
    return { ...arrived, attributes: fields.attributesFor(fileName, ports) };
  } catch (error) {
    await dispose(arrived);
    return { error, fileName, place };
  }
}

async function dispose(arrived: FormFile): Promise<void> {
  if ("file" in arrived) await arrived.file[Symbol.asyncDispose]();
}

function fieldAfterFile({ name }: FieldPart): ProgImageError {
  const message = `Cannot store image as the field ${name} must precede its file in a form of several files: it follows the last one`;
  return new ProgImageError("field_after_file", message, { details: { parameter: name } });
}

function noFile(): ProgImageError {
  const message = "Cannot store images as the form must have a file: it has none";
  return new ProgImageError("invalid_request", message);
}
