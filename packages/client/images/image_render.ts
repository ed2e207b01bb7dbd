import { Batch, stopOf } from "./batch.ts";
import { callService } from "../connection/call_service.ts";
import { type CallOptions, type Connection, readJson } from "../connection/connection.ts";
import { type RenderRequest, writeRenderMany } from "./render_request.ts";
import type { SaveOptions } from "../upload/save_attributes.ts";
import { uploadCall } from "../upload/upload.ts";
import type { UploadResult } from "../upload/upload_result.ts";

/** Several results of one or more images. Nothing is sent before one of the methods, and each of them sends everything again. */
export class ImageRender {
  readonly #connection: Connection;
  readonly #request: RenderRequest;

  /** @internal */
  constructor(connection: Connection, request: RenderRequest) {
    this.#connection = connection;
    this.#request = request;
  }

  /**
   * Returns the server's response, whose body is a zip of the results. With several images, the zip has a numbered folder for each, from
   * 1. One failure does not affect the other images: `errors.json` in the zip lists the failures.
   *
   * @throws {ProgImageError} if the request as a whole fails, or its only image
   */
  async fetch(options: CallOptions = {}): Promise<Response> {
    const written = writeRenderMany(this.#request, null);
    return await callService(this.#connection, written, { ...options, isLong: true }, (answer) => answer);
  }

  /** Stores each result as an image. Those of the first image come first, in the order of the outputs, then those of the second. */
  save(options: SaveOptions = {}): Batch<UploadResult> {
    return new Batch((stop) => this.#save({ ...options, signal: stopOf(stop, options.signal) }));
  }

  async *#save(options: SaveOptions): AsyncGenerator<UploadResult, void> {
    const written = writeRenderMany(this.#request, options);
    const read = readJson<{ items: readonly UploadResult[] }>;
    const call = uploadCall(options, written.parts.isReplayable);
    const { items } = await callService(this.#connection, written, call, read);
    yield* items;
  }
}
