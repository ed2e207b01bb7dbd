import { ProgImageError, type SaidAttributes, type SpooledFile } from "@progimage/core";
import type { FieldPart, FilePart } from "../../request/multipart.ts";
import type { UploadFields } from "../../request/upload_fields.ts";
import type { ServerContext } from "../../server_context.ts";
import { formParts } from "./form_parts.ts";

/** A file of a form: as it has arrived, or why it is refused. */
export type FormFile = ArrivedFile | RefusedFile;

/** A file that has arrived, and what was said of it. */
export interface ArrivedFile {
  readonly file: SpooledFile;
  readonly fileName: string;
  /** Counted from 0. */
  readonly place: number;
  readonly attributes: SaidAttributes;
}

/** A file of which nothing is kept. */
export interface RefusedFile {
  readonly error: unknown;
  readonly fileName: string;
  readonly place: number;
}

/** A file behind which more fields may come. */
interface HeldFile {
  readonly arrived: FormFile;
  /** The fields in front of it. */
  readonly fields: UploadFields;
  readonly behind: FieldPart[];
}

/**
 * Gives the files of a form, each once it is known whether another one follows. Fields are about the files behind them. Those behind a
 * file that is alone are about it as well; behind the last of several they come too late, and this one is refused.
 *
 * A file behind a field that cannot be understood is refused. If it breaks off, a form with a single file gives nothing.
 *
 * @throws {ProgImageError} whatever is wrong with the form as a whole, or with a field before the first file
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
    // Files before the fault are kept. A single one may have lost what was to be said of it.
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

/** Why files behind a field cannot be stored. */
interface Fault {
  readonly error: unknown;
}

/** Gives what is wrong with a field that a file comes before. */
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

/** What is known of a file that begins to arrive. */
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

/** Reads the fields behind the last file, if it is the only one. */
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
  const message = `Cannot store image as the field ${name} must stand before its file, if there are several: it is behind the last one`;
  return new ProgImageError("field_after_file", message, { details: { parameter: name } });
}

function noFile(): ProgImageError {
  const message = "Cannot store images as the form must have a file: it has none";
  return new ProgImageError("invalid_request", message);
}
