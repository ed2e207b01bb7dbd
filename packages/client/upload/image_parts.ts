import { referenceOf } from "../images/image_source.ts";
import type { ImageSource } from "../images/sources.ts";
import type { FormFile } from "../connection/multipart.ts";
import { isReplayable, openSource } from "./upload_source.ts";
import type { UploadSource } from "../images/sources.ts";

/** The name of the form parts that are images to process. */
const SOURCE_PART = "image";

/** Files that are ready to send. */
export interface OpenFiles {
  readonly files: readonly FormFile[];
  /** Releases the opened resources, whether they were sent or not. */
  close(): Promise<void>;
}

/** The images of one request: those that are named, and those that are sent as parts of a form. */
export class ImageParts {
  /** The ids and URLs of the images to process. */
  readonly references: readonly string[];
  /** The images to process that are sent. */
  readonly #sources: readonly UploadSource[];
  /** All other images to send, each once even if it is used twice. */
  readonly #parts = new Map<UploadSource, string>();

  /** @throws {TypeError} if a file comes after an id or URL, as the server takes files first */
  constructor(sources: readonly ImageSource[]) {
    const references = sources.map(referenceOf);
    const sent = sources.filter((_, index) => references[index] === null);
    if (references.slice(0, sent.length).some((reference) => reference !== null))
      throw new TypeError("Cannot process images in this order: files must come before ids and URLs");
    this.references = references.filter((reference) => reference !== null);
    this.#sources = sent as readonly UploadSource[];
  }

  /** The number of files to send. */
  get size(): number {
    return this.#sources.length + this.#parts.size;
  }

  /** Whether a single image to process is all there is to send. */
  get isSingle(): boolean {
    return this.size === 1 && this.#sources.length === 1;
  }

  /** Whether all files can be sent again. */
  get isReplayable(): boolean {
    return [...this.#sources, ...this.#parts.keys()].every(isReplayable);
  }

  /** Returns the name of an image that a parameter uses: its id, its URL, or the form part that it is sent as. */
  readonly refer = (source: ImageSource): string => {
    const reference = referenceOf(source);
    if (reference !== null) return reference;
    const file = source as UploadSource;
    const part = this.#parts.get(file) ?? `image${this.#parts.size + 1}`;
    this.#parts.set(file, part);
    return `@${part}`;
  };

  /** Opens all files, the images to process first. */
  async open(): Promise<OpenFiles> {
    const files: FormFile[] = [];
    const close = async (): Promise<void> => {
      for (const { source } of files) await source.close();
    };
    const wanted = [...this.#sources.map((source) => [source, SOURCE_PART] as const), ...this.#parts];
    try {
      for (const [source, part] of wanted) files.push({ part, source: await openSource(source) });
    } catch (error) {
      await close();
      throw error;
    }
    return { files, close };
  }
}
