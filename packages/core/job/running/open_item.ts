import type { Spool, SpooledFile } from "../../blob/spool.ts";
import { ProgImageError } from "../../error.ts";
import { findImage } from "../../verbs/image/find_image.ts";
import type { Ports } from "../../ports.ts";
import { type SourceImage, spooledSource, storedSource } from "../../source/source_image.ts";
import type { ItemSource, RefusedUpload, StagedUpload } from "../job_item.ts";

/** A temporary file with the bytes of an item that is not in the repository. */
export interface ItemFile extends SpooledFile {
  /** The file name at the source; may be empty. */
  readonly name: string;
}

/** The opened image of an item. */
export interface OpenItem extends AsyncDisposable {
  readonly source: SourceImage;
  readonly name: string;
}

type OpenPorts = Pick<
  Ports,
  "blobs" | "catalog" | "exchange" | "limits" | "owner" | "remote" | "renderer" | "reportDamage" | "scratch"
>;

/**
 * Returns the image of an item to render from.
 *
 * @throws {ProgImageError} `image_not_found` if the image was deleted meanwhile; any error of a fetch or a probe
 */
export async function openItem(ports: OpenPorts, item: ItemSource): Promise<OpenItem> {
  if ("id" in item) {
    const image = await findImage(ports, item.id);
    return {
      source: storedSource(ports, image),
      name: image.name ?? "",
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const file = await fetchItem(ports, item, ports.scratch);
  try {
    const source = await spooledSource(ports, file);
    return { source, name: file.name, [Symbol.asyncDispose]: async () => await file[Symbol.asyncDispose]() };
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Returns the bytes of an item that are remote or were uploaded.
 *
 * @throws {ProgImageError} `file_not_found` for a file that no longer exists; any error of a fetch
 */
export async function fetchItem(
  { blobs, exchange, limits, remote }: Pick<Ports, "blobs" | "exchange" | "limits" | "remote">,
  item: Exclude<ItemSource, { readonly id: string }>,
  into: Spool,
): Promise<ItemFile> {
  if ("url" in item) return await remote.fetch(item.url, { into });
  if ("problem" in item) throw refusedUpload(item);
  if ("entry" in item)
    throw new TypeError("Cannot fetch an entry by itself: an archive is read from its beginning to its end");
  const bytes = "upload" in item ? await openUpload(blobs, item) : await exchange?.open(item.exchange);
  if (!bytes) throw new ProgImageError("file_not_found", "Cannot find file: it was renamed or removed");
  const file = await into.receive(bytes, { limit: limits.uploadBytes });
  const name = "upload" in item ? item.upload : item.exchange.slice(item.exchange.lastIndexOf("/") + 1);
  return { ...file, name };
}

async function openUpload(blobs: Ports["blobs"], { blob, bytes }: StagedUpload) {
  return (await blobs.open(blob, { bytes }))?.stream();
}

/** The item fails with the error that was found at upload. */
function refusedUpload({ problem }: RefusedUpload): Error {
  const { code, message } = problem;
  return code === "internal" ? new Error(message) : new ProgImageError(code, message);
}
