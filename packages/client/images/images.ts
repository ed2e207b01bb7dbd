import type { Batch } from "./batch.ts";
import { checkId } from "./check_id.ts";
import type { CallOptions, Connection } from "../connection/connection.ts";
import {
  eraseImage,
  type EraseOptions,
  listDeleted,
  type ListDeletedOptions,
  restoreImage,
} from "./deleted_images.ts";
import { orIfNotFound } from "../connection/errors.ts";
import { fromUrl } from "../upload/from_url.ts";
import type { ImageInfo } from "./image.ts";
import { countImages, type CountOptions, ImageList, type ListOptions } from "./image_list.ts";
import type { ImagePatch, UpdateOptions } from "./image_patch.ts";
import { ImageSelection, type Selected } from "./image_selection.ts";
import { type ExchangeSelection, importFiles, type ImportFilesOptions } from "../upload/import_files.ts";
import type { JobHandle } from "../jobs/job_handle.ts";
import type { PageList } from "../connection/page_list.ts";
import { readInfo } from "../connection/read_answer.ts";
import type { DeletedImage, ImageCount } from "../shapes.ts";
import { uploadFrom } from "../upload/upload_from.ts";
import { uploadAll, type UploadAllOptions, type UploadAllResult } from "../upload/upload_all.ts";
import type { UploadAllSources } from "../upload/upload_sources.ts";
import { uploadArchive, uploadArchiveLater, type UploadArchiveOptions } from "../upload/upload_archive.ts";
import type { InBackground, InForeground, MaybeInBackground } from "../upload/upload_later.ts";
import type { UploadResult } from "../upload/upload_result.ts";
import { upload, type UploadOptions } from "../upload/upload.ts";
import type { UploadSource } from "./sources.ts";

/** The images of a server. */
export class Images {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Stores an image and returns its description. Files and streams are sent in chunks, never held in memory as a whole. The server
   * fetches an image that is given by its URL.
   *
   * @throws {TooLargeError} if the server takes no images of that size
   * @throws {SourceError} if the server cannot or must not fetch it
   * @throws {ProgImageError} `unsupported_media` or `broken_image` if it is not an image
   */
  async upload(source: UploadSource | URL, options: UploadOptions = {}): Promise<ImageInfo> {
    if (source instanceof URL) return await uploadFrom(this.#connection, fromUrl(source), options);
    return await upload(this.#connection, source, options);
  }

  /**
   * Stores any number of images, several at the same time, each with its own attributes: sources, URLs, or `{ source, name, tags, … }`.
   * One failure does not affect the others. Each source is opened when it is sent, and retried under its key like a single upload.
   * Consecutive URLs share one request.
   *
   * @throws {ConnectionError} if the server cannot be reached, as the batch's failure
   */
  uploadAll(sources: UploadAllSources, options: UploadAllOptions = {}): Batch<UploadAllResult> {
    return uploadAll(this.#connection, sources, options);
  }

  /**
   * Stores the images of a tar, a tar.gz or a zip, and yields each result as soon as it is known, in order. If the archive cannot be read
   * to its end, the last result says so. With `background`, the method returns the job that stores the images, and an unreadable archive
   * is refused as a whole.
   */
  uploadArchive(source: UploadSource, options: InBackground & UploadArchiveOptions): Promise<JobHandle>;
  uploadArchive(source: UploadSource, options?: InForeground & UploadArchiveOptions): Batch<UploadResult>;
  uploadArchive(
    source: UploadSource,
    options: MaybeInBackground & UploadArchiveOptions = {},
  ): Batch<UploadResult> | Promise<JobHandle> {
    const send = options.background ? uploadArchiveLater : uploadArchive;
    return send(this.#connection, source, options);
  }

  /**
   * Makes the server store its operator's files, below a prefix or all, in the background. Returns the job.
   *
   * @throws {ProgImageError} `feature_disabled` if the server has no exchange
   */
  import(selection: ExchangeSelection, options: ImportFilesOptions = {}): Promise<JobHandle> {
    return importFiles(this.#connection, selection, options);
  }

  /**
   * Returns the description of an image.
   *
   * @throws {NotFoundError} if it does not exist
   */
  async get(id: string, options: CallOptions = {}): Promise<ImageInfo> {
    return this.#connection.send(
      `/images/${checkId(id)}/info`,
      { ...options, headers: JSON_ACCEPTED },
      readInfo,
    );
  }

  /** Returns the description of an image, or `null` if it does not exist. */
  async find(id: string, options: CallOptions = {}): Promise<ImageInfo | null> {
    return this.get(id, options).catch((error) => orIfNotFound(error, null));
  }

  /** Returns whether an image exists. */
  async exists(id: string, options: CallOptions = {}): Promise<boolean> {
    return (await this.find(id, options)) !== null;
  }

  /** Selects images to describe, change, delete or download together. Sends nothing. */
  select(selected: Selected): ImageSelection {
    return new ImageSelection(this.#connection, selected);
  }

  /** Lists images: iterate over all of them, or read one page at a time. */
  list(options: ListOptions = {}): ImageList {
    return new ImageList(this.#connection, options);
  }

  /** Counts the images that match a filter, up to ten thousand. */
  count(options: CountOptions = {}): Promise<ImageCount> {
    return countImages(this.#connection, options);
  }

  /**
   * Changes the attributes of an image and returns it in its new state.
   *
   * @throws {PreconditionFailedError} if `ifMatch` no longer holds
   * @throws {NotFoundError} if it does not exist
   */
  async update(id: string, patch: ImagePatch, options: UpdateOptions = {}): Promise<ImageInfo> {
    const { ifMatch, ...call } = options;
    const headers = {
      ...JSON_ACCEPTED,
      "content-type": "application/merge-patch+json",
      ...(ifMatch && { "if-match": ifMatch }),
    };
    const body = JSON.stringify(patch);
    return this.#connection.send(
      `/images/${checkId(id)}/info`,
      { ...call, method: "PATCH", headers, body },
      readInfo,
    );
  }

  /** Deletes an image, which can be restored for some days. Returns whether it existed. */
  async delete(id: string, options: CallOptions = {}): Promise<boolean> {
    const call = { ...options, method: "DELETE" };
    return this.#connection
      .send(`/images/${checkId(id)}`, call, () => true)
      .catch((error) => orIfNotFound(error, false));
  }

  /** Lists deleted images that can be restored, the most recently deleted first: iterate over all of them, or read one page at a time. */
  listDeleted(options: ListDeletedOptions = {}): PageList<DeletedImage> {
    return listDeleted(this.#connection, options);
  }

  /**
   * Restores a deleted image unchanged, and returns its description.
   *
   * @throws {NotFoundError} if it was not deleted, or can no longer be restored
   */
  restore(id: string, options: CallOptions = {}): Promise<ImageInfo> {
    return restoreImage(this.#connection, id, options);
  }

  /**
   * Erases an image permanently, deleted or not, with its bytes and everything made of it. Returns whether it existed.
   *
   * @throws {PreconditionFailedError} if `ifMatch` no longer holds
   */
  erase(id: string, options: EraseOptions = {}): Promise<boolean> {
    return eraseImage(this.#connection, id, options);
  }

  /**
   * Discards all results made of an image: they are rendered again on request, under URLs of another version. Returns whether the image
   * existed.
   */
  async purge(id: string, options: CallOptions = {}): Promise<boolean> {
    const call = { ...options, method: "DELETE" };
    return this.#connection
      .send(`/images/${checkId(id)}/derivatives`, call, () => true)
      .catch((error) => orIfNotFound(error, false));
  }
}

const JSON_ACCEPTED = { accept: "application/json" };
