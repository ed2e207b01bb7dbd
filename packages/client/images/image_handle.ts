import type { CallOptions, Connection } from "../connection/connection.ts";
import { imagePath, type VersionedImage } from "./image_path.ts";
import type { ImageReference } from "./sources.ts";
import { readBytes } from "../connection/read_answer.ts";
import type { Recipe } from "../recipe/recipe.ts";
import { RecipeBuilder } from "../recipe/recipe_builder.ts";
import { candidatesOf, type PictureSize, type SrcsetOptions } from "./srcset.ts";

/** Options for {@linkcode ImageHandle.fetch}. */
export interface FetchOptions extends CallOptions {
  /** Such as `Accept`, `Range` or `If-None-Match`: a 206 or a 304 is a normal response. */
  readonly headers?: HeadersInit;
}

/** A stored image with its size. */
export interface SizedImage extends VersionedImage {
  /** `null` or absent if the size is unknown. */
  readonly size?: PictureSize | null;
}

/**
 * An image of the repository and the recipe for it. Immutable: each method returns a new handle, so any handle can be a starting point.
 * Without steps and format the result is the original. Nothing is sent before `fetch`, `bytes` or `blob`.
 */
export class ImageHandle extends RecipeBuilder<ImageHandle, ImageReference> {
  readonly id: string;
  readonly #connection: Connection;
  readonly #image: SizedImage;

  /** @internal */
  constructor(connection: Connection, image: SizedImage, recipe: Recipe) {
    super(recipe);
    this.id = image.id;
    this.#connection = connection;
    this.#image = image;
  }

  /**
   * Returns the URL of the result, which every browser can GET.
   *
   * @throws {TypeError} if a parameter names an image that is not stored
   */
  url(): string {
    return this.#connection.baseUrl + this.#path();
  }

  /**
   * Returns the value of an `srcset`: the picture in several widths, or for several densities of the screen. The last resize or thumbnail
   * is made in these widths, with its proportions. For an image rather than an id, no width exceeds the width of the image.
   *
   * @throws {RangeError} if a width or density is not a positive number
   */
  srcset(options: SrcsetOptions): string {
    const isBuiltIn = (name: string): boolean => name in this;
    const candidates = candidatesOf(this.recipe, options, { size: this.#image.size ?? null, isBuiltIn });
    return candidates.map(({ recipe, descriptor }) => `${this.copy(recipe).url()} ${descriptor}`).join(", ");
  }

  /**
   * Returns the server's response, whose body is a stream.
   *
   * @throws {ProgImageError} if the server refuses or fails: {@linkcode NotFoundError} if the image does not exist
   */
  fetch(options: FetchOptions = {}): Promise<Response> {
    return this.#read(options, (response) => response);
  }

  /** Returns the bytes of the result. */
  bytes(options: FetchOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.#read(options, readBytes);
  }

  /** Returns the result as a blob with its media type. */
  blob(options: FetchOptions = {}): Promise<Blob> {
    return this.#read(options, (response) => response.blob());
  }

  protected override copy(recipe: Recipe): ImageHandle {
    return new ImageHandle(this.#connection, this.#image, recipe);
  }

  async #read<T>(options: FetchOptions, read: (response: Response) => T | Promise<T>): Promise<T> {
    return await this.#connection.send(this.#path(), { ...options, isLong: true }, read);
  }

  #path(): string {
    return imagePath(this.#image, this.recipe);
  }
}
