import { Batch, type BatchItem, stopOf } from "./batch.ts";
import type { CallOptions, Connection } from "../connection/connection.ts";
import type { ImageFilter } from "./image_filter.ts";
import { sendForLines } from "../connection/json_lines.ts";
import type { BulkItem, Image, Problem } from "../shapes.ts";
import type { ImagePatch } from "./image_patch.ts";
import { jsonRecipe, referToImages } from "../recipe/recipe.ts";
import type { HasRecipe } from "./render_request.ts";
import { referenceOf } from "./image_source.ts";

/** Which images to do something with: by their ids, those with something in common, or all. */
export type Selected =
  { readonly ids: readonly string[] } | { readonly filter: ImageFilter } | { readonly all: true };

/** The result for one of many images. */
export type BulkResult = Omit<BulkItem, "image" | "problem"> &
  (
    | { readonly image: Image; readonly problem?: undefined }
    | { readonly problem: Problem; readonly image?: undefined }
  );

/** The outcome for one of many images that were to be deleted, erased or purged. */
export type DeletedResult = Omit<BulkItem, "image">;

/** Options for {@linkcode ImageSelection.archive}. */
export interface ArchiveOptions extends CallOptions {
  /** What to make of each image. @default {the originals} */
  readonly recipe?: HasRecipe;
  /** @default {"zip"} */
  readonly as?: "tar" | "zip";
}

/** Many images of the repository. Nothing is sent before one of the methods, and by each of them at once. Results come in order. */
export class ImageSelection {
  readonly #connection: Connection;
  readonly #selected: Selected;

  /** @internal */
  constructor(connection: Connection, selected: Selected) {
    this.#connection = connection;
    this.#selected = selected;
  }

  /** Gives what is known of each. */
  describe(options: CallOptions = {}): Batch<BulkResult> {
    return this.#send<BulkResult>({ action: "describe" }, options);
  }

  /** Changes what is said of each. */
  update(patch: ImagePatch, options: CallOptions = {}): Batch<BulkResult> {
    return this.#send<BulkResult>({ action: "update", patch }, options);
  }

  /** Deletes each: it can be restored for some days. */
  delete(options: CallOptions = {}): Batch<DeletedResult> {
    return this.#send<DeletedResult>({ action: "delete" }, options);
  }

  /** Restores each deleted image. Only images that are named by ids. */
  restore(options: CallOptions = {}): Batch<BulkResult> {
    return this.#send<BulkResult>({ action: "restore" }, options);
  }

  /** Erases each for good; by ids, deleted ones too. */
  erase(options: CallOptions = {}): Batch<DeletedResult> {
    return this.#send<DeletedResult>({ action: "erase" }, options);
  }

  /** Has everything that was made of each made anew when it is asked for, under URLs of another version. */
  purge(options: CallOptions = {}): Batch<DeletedResult> {
    return this.#send<DeletedResult>({ action: "purge" }, options);
  }

  /**
   * Gives the server's answer, whose body is an archive of all, as it comes: the originals, or what a recipe makes of them. What could
   * not be had is listed in `errors.json`, its last file.
   *
   * @throws {ProgImageError} if the server says so before it begins
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

/** No file goes along. */
function referToStored(source: Parameters<typeof referenceOf>[0]): string {
  const reference = referenceOf(source);
  if (reference !== null) return reference;
  throw new TypeError("Cannot use a file in the recipe of an archive: it must be an id, an image or a URL");
}
