import { Batch, type BatchItem, stopOf } from "./batch.ts";
import type { CallOptions, Connection } from "../connection/connection.ts";
import type { ImageFilter } from "./image_filter.ts";
import { sendForLines } from "../connection/json_lines.ts";
import type { BulkItem, Image, Problem } from "../shapes.ts";
import type { ImagePatch } from "./image_patch.ts";
import { jsonRecipe, referToImages } from "../recipe/recipe.ts";
import type { HasRecipe } from "./render_request.ts";
import { referenceOf } from "./image_source.ts";

/** The images to select: by their ids, by a filter, or all. */
export type Selected =
  { readonly ids: readonly string[] } | { readonly filter: ImageFilter } | { readonly all: true };

/** The result for one of many images. */
export type BulkResult = Omit<BulkItem, "image" | "problem"> &
  (
    | { readonly image: Image; readonly problem?: undefined }
    | { readonly problem: Problem; readonly image?: undefined }
  );

/** The result for one of many images to delete, erase or purge. */
export type DeletedResult = Omit<BulkItem, "image">;

/** Options for {@linkcode ImageSelection.archive}. */
export interface ArchiveOptions extends CallOptions {
  /** The recipe for each image. @default {the originals} */
  readonly recipe?: HasRecipe;
  /** @default {"zip"} */
  readonly as?: "tar" | "zip";
}

/** Many images of the repository. Only the methods send requests, each of them immediately. Results come in order. */
export class ImageSelection {
  readonly #connection: Connection;
  readonly #selected: Selected;

  /** @internal */
  constructor(connection: Connection, selected: Selected) {
    this.#connection = connection;
    this.#selected = selected;
  }

  /** Returns the description of each image. */
  describe(options: CallOptions = {}): Batch<BulkResult> {
    return this.#send<BulkResult>({ action: "describe" }, options);
  }

  /** Changes the attributes of each image. */
  update(patch: ImagePatch, options: CallOptions = {}): Batch<BulkResult> {
    return this.#send<BulkResult>({ action: "update", patch }, options);
  }

  /** Deletes each image: it can be restored for some days. */
  delete(options: CallOptions = {}): Batch<DeletedResult> {
    return this.#send<DeletedResult>({ action: "delete" }, options);
  }

  /** Restores each deleted image. Requires a selection by ids. */
  restore(options: CallOptions = {}): Batch<BulkResult> {
    return this.#send<BulkResult>({ action: "restore" }, options);
  }

  /** Erases each image permanently; a selection by ids includes deleted ones. */
  erase(options: CallOptions = {}): Batch<DeletedResult> {
    return this.#send<DeletedResult>({ action: "erase" }, options);
  }

  /** Discards all results made of each image: they are rendered again on request, under URLs of another version. */
  purge(options: CallOptions = {}): Batch<DeletedResult> {
    return this.#send<DeletedResult>({ action: "purge" }, options);
  }

  /**
   * Returns the server's response as it streams: its body is an archive of the originals, or of a recipe's results. Failures are listed
   * in `errors.json`, the last file.
   *
   * @throws {ProgImageError} if the server fails before the archive begins
   */
  archive({ recipe, as, ...options }: ArchiveOptions = {}): Promise<Response> {
    const written = recipe && jsonRecipe(referToImages(recipe.recipe, referToStored));
    const call = {
      timeout: 0,
      ...options,
      ...post({ select: this.#selected, ...written, container: as }),
      isLong: true,
    };
    return this.#connection.send("/archives", call, (answer) => answer);
  }

  #send<Item extends BatchItem>(wish: object, options: CallOptions): Batch<Item> {
    const body = post({ ...wish, select: this.#selected });
    return new Batch((stop) => {
      const call = { ...options, ...body, signal: stopOf(stop, options.signal) };
      return sendForLines<Item>(this.#connection, "/images/bulk", call);
    });
  }
}

function post(json: object) {
  const headers = { "content-type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(json) };
}

/** Returns the id or URL of an image: an archive has no files to send. */
function referToStored(source: Parameters<typeof referenceOf>[0]): string {
  const reference = referenceOf(source);
  if (reference !== null) return reference;
  throw new TypeError("Cannot use a file in the recipe of an archive: it must be an id, an image or a URL");
}
