import { Batch, stopOf } from "./batch.ts";
import { callService } from "../connection/call_service.ts";
import { type CallOptions, type Connection, readJson } from "../connection/connection.ts";
import { type RenderRequest, writeRenderMany } from "./render_request.ts";
import type { SaveOptions } from "../upload/save_attributes.ts";
import { uploadCall } from "../upload/upload.ts";
import type { UploadResult } from "../upload/upload_result.ts";

/** Several results of one or more images. Nothing is sent before one of the methods, and everything again by each of them. */
export class ImageRender {
  readonly #connection: Connection;
  readonly #request: RenderRequest;

  /** @internal */
  constructor(connection: Connection, request: RenderRequest) {
    this.#connection = connection;
    this.#request = request;
  }

  /**
   * Returns the server's answer, whose body is a zip of the results. Of several images, each has a folder in it, numbered from 1. One
   * that fails does not lose the others: `errors.json` in the zip lists what went wrong.
   *
   * @throws {ProgImageError} if the request as a whole fails, or its only image
   */
  async fetch(options: CallOptions = {}): Promise<Response> {
    const written = writeRenderMany(this.#request, null);
    return await callService(this.#connection, written, { ...options, isLong: true }, (answer) => answer);
  }

  /** Stores each result as an image: all of the first image, in the order of the outputs, then all of the second. */
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
