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
   * Stores an image and gives what is known of it. Files and streams are sent piece by piece, never held as a whole. An image at a URL
   * is fetched by the server.
   *
   * @throws {TooLargeError} if the server takes no images of that size
   * @throws {SourceError} if the server cannot or must not fetch it
   * @throws {ProgImageError} `unsupported_media` or `broken_image` if it is none
   */
  async upload(source: UploadSource | URL, options: UploadOptions = {}): Promise<ImageInfo> {
    if (source instanceof URL) return await uploadFrom(this.#connection, fromUrl(source), options);
    return await upload(this.#connection, source, options);
  }

  /**
   * Stores any number of images, some at a time, each with attributes of its own: sources, URLs, or `{ source, name, tags, … }`. A bad
   * one does not lose the others. Each is opened when it is its turn, and tried again under its key as a single upload is. URLs that
   * follow one another go in one request.
   *
   * @throws {ConnectionError} if the server cannot be reached, as the batch's failure
   */
  uploadAll(sources: UploadAllSources, options: UploadAllOptions = {}): Batch<UploadAllResult> {
    return uploadAll(this.#connection, sources, options);
  }

  /**
   * Stores the images of a tar, a tar.gz or a zip, and gives the result of each, in order, as soon as it is known. Where the archive
   * cannot be read to its end, the last result says so. In the background, it gives the job that stores them, and such an archive is
   * refused as a whole.
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
   * Has the server store files of its operator, below a prefix or all, in the background. Gives the job that does it.
   *
   * @throws {ProgImageError} `feature_disabled` if the server has no exchange
   */
  import(selection: ExchangeSelection, options: ImportFilesOptions = {}): Promise<JobHandle> {
    return importFiles(this.#connection, selection, options);
  }

  /**
   * Gives what is known of an image.
   *
   * @throws {NotFoundError} if there is no such image
   */
  async get(id: string, options: CallOptions = {}): Promise<ImageInfo> {
    return this.#connection.send(
      `/images/${checkId(id)}/info`,
      { ...options, headers: JSON_ACCEPTED },
      readInfo,
    );
  }

  /** Gives what is known of an image, or `null` if there is no such image. */
  async find(id: string, options: CallOptions = {}): Promise<ImageInfo | null> {
    return this.get(id, options).catch((error) => orIfNotFound(error, null));
  }

  /** Returns whether there is such an image. */
  async exists(id: string, options: CallOptions = {}): Promise<boolean> {
    return (await this.find(id, options)) !== null;
  }

  /** Gives many images to describe, change, delete or download at once. Sends nothing. */
  select(selected: Selected): ImageSelection {
    return new ImageSelection(this.#connection, selected);
  }

  /** Gives images page by page: to iterate over all of them, or one page at a time. */
  list(options: ListOptions = {}): ImageList {
    return new ImageList(this.#connection, options);
  }

  /** Counts the images that pass a filter, up to ten thousand. */
  count(options: CountOptions = {}): Promise<ImageCount> {
    return countImages(this.#connection, options);
  }

  /**
   * Changes what is said of an image and gives it as it is then.
   *
   * @throws {PreconditionFailedError} if `ifMatch` no longer holds
   * @throws {NotFoundError} if there is no such image
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

  /** Deletes an image, which can be restored for some days. Gives whether there was one. */
  async delete(id: string, options: CallOptions = {}): Promise<boolean> {
    const call = { ...options, method: "DELETE" };
    return this.#connection
      .send(`/images/${checkId(id)}`, call, () => true)
      .catch((error) => orIfNotFound(error, false));
  }

  /** Gives deleted images that can be restored, those deleted last first: to iterate over all of them, or one page at a time. */
  listDeleted(options: ListDeletedOptions = {}): PageList<DeletedImage> {
    return listDeleted(this.#connection, options);
  }

  /**
   * Restores a deleted image as it was, and gives what is known of it.
   *
   * @throws {NotFoundError} if it was not deleted, or can no longer be restored
   */
  restore(id: string, options: CallOptions = {}): Promise<ImageInfo> {
    return restoreImage(this.#connection, id, options);
  }

  /**
   * Erases an image for good, deleted or not, with its bytes and everything that was made of it. Gives whether there was one.
   *
   * @throws {PreconditionFailedError} if `ifMatch` no longer holds
   */
  erase(id: string, options: EraseOptions = {}): Promise<boolean> {
    return eraseImage(this.#connection, id, options);
  }

  /**
   * Has everything that was made of an image made anew when it is asked for, under URLs of another version. Gives whether there
   * was such an image.
   */
  async purge(id: string, options: CallOptions = {}): Promise<boolean> {
    const call = { ...options, method: "DELETE" };
    return this.#connection
      .send(`/images/${checkId(id)}/derivatives`, call, () => true)
      .catch((error) => orIfNotFound(error, false));
  }
}

const JSON_ACCEPTED = { accept: "application/json" };
