import { askJson } from "./access/ask_json.ts";
import { askSignedUrls, askUploadToken, type SignCallOptions } from "./access/ask_signature.ts";
import { Keys } from "./access/keys.ts";
import { Tenants } from "./access/tenants.ts";
import type { UploadTerms } from "./access/upload_token.ts";
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
import type { Health, PresetDescription, TransformDescription, Usage } from "./shapes.ts";

/** A client of one ProgImage server. */
export class ProgImage {
  /** The stored images. */
  readonly images: Images;
  /** Many images processed in the background. */
  readonly jobs: Jobs;
  /** The named recipes of the server, in all their versions. */
  readonly presets: Catalog<PresetDescription>;
  /** The transforms of the server, including those of its plugins. */
  readonly transforms: Catalog<TransformDescription>;
  /** The keys of callers. */
  readonly keys: Keys;
  /** The tenants that share the server. */
  readonly tenants: Tenants;
  readonly #connection: Connection;

  /** @throws {TypeError} if the base URL is not http or https */
  constructor(options: ProgImageOptions) {
    this.#connection = new Connection(options);
    this.images = new Images(this.#connection);
    this.jobs = new Jobs(this.#connection);
    this.presets = new Catalog(this.#connection, "/presets");
    this.transforms = new Catalog(this.#connection, "/transforms");
    this.keys = new Keys(this.#connection);
    this.tenants = new Tenants(this.#connection);
  }

  /**
   * Returns a stored image, to build its URL, process it or download it. Sends nothing. For an image rather than its id, URLs include the
   * version, and caches keep the results forever.
   *
   * @param start The recipe to begin with, such as a `recipe()`.
   */
  image(image: string | HandledImage, start?: HasRecipe): ImageHandle {
    const recipe = start?.recipe ?? EMPTY_RECIPE;
    const { width, height } = typeof image === "string" ? {} : image;
    const size = width && height ? { width, height } : null;
    return new ImageHandle(this.#connection, { ...versionedImage(image), size }, recipe);
  }

  /**
   * Returns any image, to process it without storing it first: a file, a URL that the server fetches, or a stored image. Sends nothing.
   *
   * @param start The recipe to begin with, such as a `recipe()`.
   */
  process(source: ImageSource, start?: HasRecipe): ImageProcess {
    return new ImageProcess(this.#connection, source, start?.recipe ?? EMPTY_RECIPE);
  }

  /** Prepares several results of one or more images, to download as a zip or to save. Sends nothing. */
  render(request: RenderRequest): ImageRender {
    return new ImageRender(this.#connection, request);
  }

  /** Returns an empty recipe, like the function `recipe`. */
  recipe(): RecipeDraft {
    return recipe();
  }

  /**
   * Returns a URL, or a list of at most 1,000, with the signature of the server, which everyone can open until it ends. The caller needs
   * the right to GET it. A program with a signing secret uses the function `sign`, which sends nothing.
   *
   * @throws {PermissionError} if the caller may not GET a URL
   */
  sign(url: string | URL, options?: SignCallOptions): Promise<string>;
  sign(urls: readonly (string | URL)[], options?: SignCallOptions): Promise<readonly string[]>;
  async sign(
    urls: string | URL | readonly (string | URL)[],
    options: SignCallOptions = {},
  ): Promise<string | readonly string[]> {
    if (typeof urls !== "string" && !(urls instanceof URL))
      return await askSignedUrls(this.#connection, urls, options);
    const [signed = ""] = await askSignedUrls(this.#connection, [urls], options);
    return signed;
  }

  /** Returns an upload token of the server, for `uploadTo`. The caller needs the scope `images:create`. */
  async uploadToken(upload: UploadTerms = {}, options: SignCallOptions = {}): Promise<string> {
    return await askUploadToken(this.#connection, upload, options);
  }

  /** Returns how much the caller's tenant stores, and how much it may. The caller needs the scope `admin`. */
  async usage(options: CallOptions = {}): Promise<Usage> {
    return await askJson(this.#connection, "/usage", {}, options);
  }

  /** Returns the health of the server, or throws. */
  async health(options: CallOptions = {}): Promise<Health> {
    return this.#connection.send(
      "/healthz",
      { ...options, headers: { accept: "application/json" } },
      readJson<Health>,
    );
  }
}
