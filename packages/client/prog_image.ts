import { Catalog } from "./images/catalog.ts";
import { type CallOptions, Connection, type ProgImageOptions, readJson } from "./connection/connection.ts";
import { ImageHandle } from "./images/image_handle.ts";
import { ImageProcess } from "./images/image_process.ts";
import { ImageRender } from "./images/image_render.ts";
import type { ImageSource } from "./images/sources.ts";
import { type HandledImage, versionedImage } from "./images/image_url.ts";
import { Images } from "./images/images.ts";
import { Jobs } from "./jobs/jobs.ts";
import { EMPTY_RECIPE } from "./recipe/recipe.ts";
import { recipe, type RecipeDraft } from "./recipe/recipe_draft.ts";
import type { HasRecipe, RenderRequest } from "./images/render_request.ts";
import type { Health, PresetDescription, TransformDescription } from "./shapes.ts";

/** A client of one ProgImage server. */
export class ProgImage {
  /** The stored images. */
  readonly images: Images;
  /** Many images processed in the background. */
  readonly jobs: Jobs;
  /** The recipes that the server knows by names, in all their versions. */
  readonly presets: Catalog<PresetDescription>;
  /** The transforms that the server has, those of its plugins included. */
  readonly transforms: Catalog<TransformDescription>;
  readonly #connection: Connection;

  /** @throws {TypeError} if the base URL is not one of http or https */
  constructor(options: ProgImageOptions) {
    this.#connection = new Connection(options);
    this.images = new Images(this.#connection);
    this.jobs = new Jobs(this.#connection);
    this.presets = new Catalog(this.#connection, "/presets");
    this.transforms = new Catalog(this.#connection, "/transforms");
  }

  /**
   * Gives an image to build the URL of, process and download. Sends nothing. Given an image rather than its id, the URLs carry
   * its version, and caches keep what they lead to for ever.
   *
   * @param start What to make of it first, such as a `recipe()`.
   */
  image(image: string | HandledImage, start?: HasRecipe): ImageHandle {
    const recipe = start?.recipe ?? EMPTY_RECIPE;
    const { width, height } = typeof image === "string" ? {} : image;
    const size = width && height ? { width, height } : null;
    return new ImageHandle(this.#connection, { ...versionedImage(image), size }, recipe);
  }

  /**
   * Gives any image to process without storing it before: a file, a URL that the server fetches, or a stored one. Sends nothing.
   *
   * @param start What to make of it first, such as a `recipe()`.
   */
  process(source: ImageSource, start?: HasRecipe): ImageProcess {
    return new ImageProcess(this.#connection, source, start?.recipe ?? EMPTY_RECIPE);
  }

  /** Gives several results of one or more images, to download as a zip or to save. Sends nothing. */
  render(request: RenderRequest): ImageRender {
    return new ImageRender(this.#connection, request);
  }

  /** Gives a recipe to begin with, as the function `recipe` does. */
  recipe(): RecipeDraft {
    return recipe();
  }

  /** Gives how the server is, or throws. */
  async health(options: CallOptions = {}): Promise<Health> {
    return this.#connection.send(
      "/healthz",
      { ...options, headers: { accept: "application/json" } },
      readJson<Health>,
    );
  }
}
