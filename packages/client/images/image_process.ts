import { callService } from "../connection/call_service.ts";
import { type Connection, readJson } from "../connection/connection.ts";
import type { FetchOptions } from "./image_handle.ts";
import type { Image } from "./image.ts";
import type { ImageSource } from "./sources.ts";
import { readBytes } from "../connection/read_answer.ts";
import type { Recipe } from "../recipe/recipe.ts";
import { RecipeBuilder } from "../recipe/recipe_builder.ts";
import { writeRender } from "./render_request.ts";
import type { SaveOptions } from "../upload/save_attributes.ts";
import { uploadCall } from "../upload/upload.ts";

/**
 * Any image and the recipe for it, without storing the image first. Immutable: each method returns a new object. Nothing is sent before
 * one of the last four methods, and each of them sends everything again; a stream can be sent once.
 */
export class ImageProcess extends RecipeBuilder<ImageProcess, ImageSource> {
  readonly #connection: Connection;
  readonly #source: ImageSource;

  /** @internal */
  constructor(connection: Connection, source: ImageSource, recipe: Recipe) {
    super(recipe);
    this.#connection = connection;
    this.#source = source;
  }

  /**
   * Returns the server's response, whose body is a stream.
   *
   * @throws {SourceError} if the server cannot or must not fetch an image from its URL
   * @throws {ProgImageError} if the server refuses or fails
   */
  fetch(options: FetchOptions = {}): Promise<Response> {
    return this.#send(options, (response) => response);
  }

  /** Returns the bytes of the result. */
  bytes(options: FetchOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.#send(options, readBytes);
  }

  /** Returns the result as a blob with its media type. */
  blob(options: FetchOptions = {}): Promise<Blob> {
    return this.#send(options, (response) => response.blob());
  }

  /** Stores the result as a new image. */
  async save(options: SaveOptions = {}): Promise<Image> {
    const request = writeRender(this.#source, this.recipe, options);
    return await callService(
      this.#connection,
      request,
      uploadCall(options, request.parts.isReplayable),
      readJson<Image>,
    );
  }

  protected override copy(recipe: Recipe): ImageProcess {
    return new ImageProcess(this.#connection, this.#source, recipe);
  }

  async #send<T>(options: FetchOptions, read: (response: Response) => T | Promise<T>): Promise<T> {
    const request = writeRender(this.#source, this.recipe, null);
    return await callService(this.#connection, request, { ...options, isLong: true }, read);
  }
}
