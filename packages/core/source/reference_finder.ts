import type { SpooledFile } from "../blob/spool.ts";
import { ProgImageError } from "../error.ts";
import { findImage, type FindImagePorts } from "../verbs/image/find_image.ts";
import type { Ports } from "../ports.ts";
import { kindOfReference } from "../transform/values/image_reference.ts";
import { type SourceImage, spooledSource, storedSource } from "./source_image.ts";

/** The ports that find images of each kind. */
export type ReferencePorts = FindImagePorts &
  Pick<Ports, "blobs" | "owner" | "remote" | "renderer" | "reportDamage" | "scratch">;

/** Options for {@linkcode ReferenceFinder}. */
export interface ReferenceFinderOptions {
  /** The files that came with the request, by the names of their parts. The caller keeps ownership. */
  readonly parts?: ReadonlyMap<string, SpooledFile>;
  readonly signal?: AbortSignal;
}

/** An image that a request names, with a name for it. */
export interface FoundImage {
  readonly source: SourceImage;
  /** Its name in the repository, or a file name derived from its URL; may be empty. */
  readonly name: string;
}

/** Finds the images that a request names, each once. Disposing of it removes the images that it has fetched. */
export class ReferenceFinder implements AsyncDisposable {
  readonly #ports: ReferencePorts;
  readonly #options: ReferenceFinderOptions;
  readonly #found = new Map<string, Promise<FoundImage>>();
  readonly #fetched = new AsyncDisposableStack();

  constructor(ports: ReferencePorts, options: ReferenceFinderOptions = {}) {
    this.#ports = ports;
    this.#options = options;
  }

  /**
   * Returns the image behind an id, a URL, or `@` and the name of a part.
   *
   * @throws {ProgImageError} `image_not_found`, `invalid_parameter`, and the errors of {@linkcode RemoteSources.fetch} and of a probe
   */
  find(reference: string): Promise<FoundImage> {
    const found = this.#found.get(reference) ?? this.#find(reference);
    this.#found.set(reference, found);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#found.values());
    await this.#fetched[Symbol.asyncDispose]();
  }

  async #find(reference: string): Promise<FoundImage> {
    switch (kindOfReference(reference)) {
      case "id": {
        const image = await findImage(this.#ports, reference);
        return { source: storedSource(this.#ports, image), name: image.name ?? "" };
      }
      case "url":
        return await this.#fetch(reference);
      case "part": {
        const file = this.#options.parts?.get(reference.slice(1));
        if (!file)
          throw new ProgImageError("invalid_parameter", `there is no part named "${reference.slice(1)}"`);
        return { source: await spooledSource(this.#ports, file, this.#options), name: "" };
      }
    }
  }

  async #fetch(url: string): Promise<FoundImage> {
    const { signal } = this.#options;
    const file = this.#fetched.use(await this.#ports.remote.fetch(url, { signal }));
    return { source: await spooledSource(this.#ports, file, { signal }), name: file.name };
  }
}
