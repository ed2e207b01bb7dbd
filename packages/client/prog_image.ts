import { callService } from "./call_service.ts";
import { checkId } from "./check_id.ts";
import { type CallOptions, Connection, type ProgImageOptions, readJson } from "./connection.ts";
import {
  type DeletedImage,
  eraseImage,
  type EraseOptions,
  listDeleted,
  type ListDeletedOptions,
  restoreImage,
} from "./deleted_images.ts";
import { orIfNotFound } from "./errors.ts";
import { ImageHandle } from "./image_handle.ts";
import {
  countImages,
  type CountOptions,
  type ImageCount,
  ImageList,
  type ListOptions,
} from "./image_list.ts";
import { ImageProcess } from "./image_process.ts";
import { ImageSelection, type Selected } from "./image_selection.ts";
import { type ExchangeSelection, importFiles, type ImportFilesOptions } from "./import_files.ts";
import type { ImageSource } from "./image_source.ts";
import type { ImagePatch } from "./image_patch.ts";
import type { Image, ImageInfo } from "./image.ts";
import type { JobHandle } from "./job_handle.ts";
import { Jobs } from "./jobs.ts";
import type { With } from "./named_params.ts";
import type { PageList } from "./page_list.ts";
import { readInfo } from "./read_answer.ts";
import { EMPTY_RECIPE } from "./recipe.ts";
import { type HasRecipe, type RenderRequest, writeRenderMany } from "./render_request.ts";
import type { SaveOptions } from "./save_attributes.ts";
import { type TransformOptions, writeTransform } from "./transform_request.ts";
import type { PresetDescription, TransformDescription, Transforms } from "./transforms.ts";
import { uploadFrom, type UploadFromOptions, uploadManyFrom } from "./upload_from.ts";
import { uploadArchive, uploadArchiveLater, type UploadArchiveOptions, uploadEach } from "./upload_each.ts";
import type { InBackground, InForeground, MaybeInBackground } from "./upload_later.ts";
import { uploadMany, uploadManyLater, type UploadResult } from "./upload_many.ts";
import { upload, uploadCall, type UploadManyOptions, type UploadOptions } from "./upload.ts";
import type { UploadSource } from "./upload_source.ts";

/** Options for {@linkcode ProgImage.update}. */
export interface UpdateOptions extends CallOptions {
  /** The `etag` of the image as it was read: if somebody has changed it since, nothing happens. */
  readonly ifMatch?: string;
}

/** How the server is. */
export interface Health {
  readonly status: string;
}

/** A client of one ProgImage server. */
export class ProgImage {
  /** Many images processed in the background. */
  readonly jobs: Jobs;
  readonly #connection: Connection;

  /** @throws {TypeError} if the base URL is not one of http or https */
  constructor(options: ProgImageOptions) {
    this.#connection = new Connection(options);
    this.jobs = new Jobs(this.#connection);
  }

  /**
   * Stores an image and gives what is known of it. Paths and streams are sent piece by piece, never held as a whole.
   *
   * @throws {TooLargeError} if the server takes no images of that size
   * @throws {ProgImageError} `unsupported_media` or `broken_image` if it is none
   */
  upload(source: UploadSource, options: UploadOptions = {}): Promise<ImageInfo> {
    return upload(this.#connection, source, options);
  }

  /**
   * Stores many images by one request and gives the result of each, in order: a bad one does not lose the others. There are
   * fewer results than images if the server could not read the request to its end; of a single image every problem is its
   * result. Names come from the files: bytes without a name are called `blob`. In the background, it gives the job that stores them.
   */
  uploadMany(sources: readonly UploadSource[], options: InBackground & UploadManyOptions): Promise<JobHandle>;
  uploadMany(
    sources: readonly UploadSource[],
    options?: InForeground & UploadManyOptions,
  ): Promise<readonly UploadResult[]>;
  uploadMany(
    sources: readonly UploadSource[],
    options: MaybeInBackground & UploadManyOptions = {},
  ): Promise<JobHandle | readonly UploadResult[]> {
    const send = options.background ? uploadManyLater : uploadMany;
    return send(this.#connection, sources, options);
  }

  /**
   * Stores many images by one request and gives the result of each, in order, as soon as it is known, while others are still sent. Each
   * source is opened when it is its turn: there may be as many as the server takes by one request. Needs a `fetch` that sends streams.
   */
  uploadEach(
    sources: Iterable<UploadSource> | AsyncIterable<UploadSource>,
    options: UploadManyOptions = {},
  ): AsyncGenerator<UploadResult, void> {
    return uploadEach(this.#connection, sources, options);
  }

  /**
   * Stores the images of a tar, a tar.gz or a zip, and gives the result of each, in order, as soon as it is known. Where the archive
   * cannot be read to its end, the last result says so. In the background, it gives the job that stores them, and such an archive is
   * refused as a whole.
   */
  uploadArchive(source: UploadSource, options: InBackground & UploadArchiveOptions): Promise<JobHandle>;
  uploadArchive(
    source: UploadSource,
    options?: InForeground & UploadArchiveOptions,
  ): AsyncGenerator<UploadResult, void>;
  uploadArchive(
    source: UploadSource,
    options: MaybeInBackground & UploadArchiveOptions = {},
  ): AsyncGenerator<UploadResult, void> | Promise<JobHandle> {
    const send = options.background ? uploadArchiveLater : uploadArchive;
    return send(this.#connection, source, options);
  }

  /**
   * Stores an image that lies at a URL, which the server fetches, and gives what is known of it.
   *
   * @throws {SourceError} if the server cannot or must not fetch it
   * @throws {ProgImageError} `unsupported_media` or `broken_image` if it is none
   */
  uploadFrom(url: string | URL, options: UploadFromOptions = {}): Promise<ImageInfo> {
    return uploadFrom(this.#connection, url, options);
  }

  /** Stores many images that lie at URLs by one request, and gives the result of each, in order. */
  uploadManyFrom(
    urls: readonly (string | URL)[],
    options: UploadManyOptions = {},
  ): Promise<readonly UploadResult[]> {
    return uploadManyFrom(this.#connection, urls, options);
  }

  /**
   * Has the server store files of its operator, below a prefix or all, in the background. Gives the job that does it.
   *
   * @throws {ProgImageError} `invalid_parameter` if the server has no exchange
   */
  importFiles(selection: ExchangeSelection, options: ImportFilesOptions = {}): Promise<JobHandle> {
    return importFiles(this.#connection, selection, options);
  }

  /**
   * Gives an image to build the URL of, process and download. Sends nothing. Given an image rather than its id, the URLs carry
   * its version, and caches keep what they lead to for ever.
   *
   * @param start What to make of it first, such as a `recipe()`.
   */
  image(image: string | Pick<Image, "href" | "id">, start?: HasRecipe): ImageHandle {
    const recipe = start?.recipe ?? EMPTY_RECIPE;
    if (typeof image === "string") return new ImageHandle(this.#connection, { id: checkId(image) }, recipe);
    const version = new URL(image.href).searchParams.get("v") ?? undefined;
    return new ImageHandle(this.#connection, { id: checkId(image.id), version }, recipe);
  }

  /**
   * Gives any image to process without storing it before: a file, a URL that the server fetches, or a stored one. Sends nothing.
   *
   * @param start What to make of it first, such as a `recipe()`.
   */
  process(source: ImageSource, start?: HasRecipe): ImageProcess {
    return new ImageProcess(this.#connection, source, start?.recipe ?? EMPTY_RECIPE);
  }

  /**
   * Applies one transform to any image and gives the server's answer, whose body is the result; with `save` the image that the
   * result is stored as.
   *
   * @throws {SourceError} if the server cannot or must not fetch an image from its URL
   * @throws {ProgImageError} if the server says so
   */
  transform<Name extends keyof Transforms>(
    name: Name,
    source: ImageSource,
    params: With<ImageSource, Transforms[Name]> | undefined,
    options: TransformOptions & { readonly save: true },
  ): Promise<Image>;
  transform<Name extends keyof Transforms>(
    name: Name,
    source: ImageSource,
    params?: With<ImageSource, Transforms[Name]>,
    options?: TransformOptions & { readonly save?: false },
  ): Promise<Response>;
  async transform(
    name: string,
    source: ImageSource,
    params: object = {},
    options: TransformOptions = {},
  ): Promise<Image | Response> {
    const request = writeTransform(source, { transform: name, params: { ...params } }, options);
    if (options.save)
      return await callService(this.#connection, request, uploadCall(options), readJson<Image>);
    const { signal, timeout } = options;
    return await callService(
      this.#connection,
      request,
      { signal, timeout, isLong: true },
      (answer) => answer,
    );
  }

  /**
   * Makes several results of one or more images and gives the server's answer, whose body is a zip of them. Of several images, each
   * has a folder in it, numbered from 1. One that fails does not lose the others: `errors.json` in the zip lists what went wrong.
   *
   * @throws {ProgImageError} if the request as a whole fails, or its only image
   */
  async render(request: RenderRequest, options: CallOptions = {}): Promise<Response> {
    const written = writeRenderMany(request, null);
    return await callService(this.#connection, written, { ...options, isLong: true }, (answer) => answer);
  }

  /**
   * Makes several results of one or more images, stores each as an image and gives what became of it: all of the first image, in
   * the order of the outputs, then all of the second.
   */
  async renderAndSave(request: RenderRequest, options: SaveOptions = {}): Promise<readonly UploadResult[]> {
    const written = writeRenderMany(request, options);
    const { items } = await callService(
      this.#connection,
      written,
      uploadCall(options),
      readJson<{ items: readonly UploadResult[] }>,
    );
    return items;
  }

  /**
   * Gives the original, streaming.
   *
   * @throws {NotFoundError} if there is no such image
   */
  async original(id: string, options: CallOptions = {}): Promise<Response> {
    return this.image(id).fetch(options);
  }

  /**
   * Gives what is known of an image.
   *
   * @throws {NotFoundError} if there is no such image
   */
  async info(id: string, options: CallOptions = {}): Promise<ImageInfo> {
    return this.#connection.send(
      `/images/${checkId(id)}/info`,
      { ...options, headers: JSON_ACCEPTED },
      readInfo,
    );
  }

  /** Gives what is known of an image, or `null` if there is no such image. */
  async find(id: string, options: CallOptions = {}): Promise<ImageInfo | null> {
    return this.info(id, options).catch((error) => orIfNotFound(error, null));
  }

  /** Gives many images to describe, change, forget or download at once. Sends nothing. */
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
   * @throws {ChangedError} if `ifMatch` no longer holds
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
  async remove(id: string, options: CallOptions = {}): Promise<boolean> {
    const call = { ...options, method: "DELETE" };
    return this.#connection
      .send(`/images/${checkId(id)}`, call, () => true)
      .catch((error) => orIfNotFound(error, false));
  }

  /** Gives deleted images that can be restored, those deleted last first: to iterate over all of them, or one page at a time. */
  deleted(options: ListDeletedOptions = {}): PageList<DeletedImage> {
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
   * @throws {ChangedError} if `ifMatch` no longer holds
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

  /** Purges many images by one request. Gives how many there were. */
  async purgeMany(ids: readonly string[], options: CallOptions = {}): Promise<number> {
    return (await this.#purge({ select: { ids } }, options)) ?? 0;
  }

  /** Purges all images with a tag, however many. Gives how many there were. */
  async purgeTag(tag: string, options: CallOptions = {}): Promise<number> {
    return (await this.#purge({ select: { filter: { tag } } }, options)) ?? 0;
  }

  /** Purges all images. */
  async purgeAll(options: CallOptions = {}): Promise<void> {
    await this.#purge({ select: { all: true } }, options);
  }

  /** Gives the transforms that the server has, those of its plugins included. */
  async transforms(options: CallOptions = {}): Promise<readonly TransformDescription[]> {
    const call = { ...options, headers: JSON_ACCEPTED };
    const { items } = await this.#connection.send(
      "/transforms",
      call,
      readJson<{ items: readonly TransformDescription[] }>,
    );
    return items;
  }

  /** Gives the recipes that the server knows by names, in all their versions. */
  async presets(options: CallOptions = {}): Promise<readonly PresetDescription[]> {
    const call = { ...options, headers: JSON_ACCEPTED };
    const { items } = await this.#connection.send(
      "/presets",
      call,
      readJson<{ items: readonly PresetDescription[] }>,
    );
    return items;
  }

  /** Gives how the server is, or throws. */
  async health(options: CallOptions = {}): Promise<Health> {
    return this.#connection.send("/healthz", { ...options, headers: JSON_ACCEPTED }, readJson<Health>);
  }

  /** Purging takes as long as there are images. */
  async #purge(asked: object, { signal, timeout = 0 }: CallOptions): Promise<number | null> {
    const headers = { ...JSON_ACCEPTED, "content-type": "application/json" };
    const call = { signal, timeout, method: "POST", headers, body: JSON.stringify(asked) };
    const { purged } = await this.#connection.send("/purge", call, readJson<{ purged: number | null }>);
    return purged;
  }
}

const JSON_ACCEPTED = { accept: "application/json" };
