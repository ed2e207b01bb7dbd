import { referenceOf } from "../images/image_source.ts";
import type { ImageSource } from "../images/sources.ts";
import type { FormFile } from "../connection/multipart.ts";
import { isReplayable, openSource } from "./upload_source.ts";
import type { UploadSource } from "../images/sources.ts";

/** What the server calls the parts of a form that are images to work on. */
const SOURCE_PART = "image";

/** Files that are ready to be sent. */
export interface OpenFiles {
  readonly files: readonly FormFile[];
  /** Lets go of what was opened, sent or not. */
  close(): Promise<void>;
}

/** The images of one request: those that are named, and those whose bytes go along, as parts of a form. */
export class ImageParts {
  /** The ids and URLs of the images to work on. */
  readonly references: readonly string[];
  /** The images to work on that go along. */
  readonly #sources: readonly UploadSource[];
  /** All others by themselves: what is used twice is sent once. */
  readonly #parts = new Map<UploadSource, string>();

  /** @throws {TypeError} if a file stands behind an id or URL: the server takes them in another order */
  constructor(sources: readonly ImageSource[]) {
    const references = sources.map(referenceOf);
    const sent = sources.filter((_, index) => references[index] === null);
    if (references.slice(0, sent.length).some((reference) => reference !== null))
      throw new TypeError("Cannot process images in this order: files must come before ids and URLs");
    this.references = references.filter((reference) => reference !== null);
    this.#sources = sent as readonly UploadSource[];
  }

  /** How many files there are to send. */
  get size(): number {
    return this.#sources.length + this.#parts.size;
  }

  /** Whether nothing is sent but a single image to work on. */
  get isSingle(): boolean {
    return this.size === 1 && this.#sources.length === 1;
  }

  /** Whether all that is sent can be sent again. */
  get isReplayable(): boolean {
    return [...this.#sources, ...this.#parts.keys()].every(isReplayable);
  }

  /** Gives the name of an image that is used beside those to work on: its id, its URL, or the part that it is sent as. */
  readonly refer = (source: ImageSource): string => {
    const reference = referenceOf(source);
    if (reference !== null) return reference;
    const file = source as UploadSource;
    const part = this.#parts.get(file) ?? `image${this.#parts.size + 1}`;
    this.#parts.set(file, part);
    return `@${part}`;
  };

  /** Opens all that is sent, the images to work on first. */
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
