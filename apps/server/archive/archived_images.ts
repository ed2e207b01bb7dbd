import {
  defaultOutputFormat,
  findImages,
  type ImageSelection,
  isProgImageError,
  openOriginal,
  planDerivative,
  type Ports,
  type Recipe,
  type ReferenceFinder,
  renderImage,
  retry,
  type SelectedImage,
  type SourceFormat,
  storedSource,
  type StoredImage,
} from "@progimage/core";
import { fileNameOf } from "../answer/file_disposition.ts";
import { inOrder } from "../http/in_order.ts";
import { type ArchiveFile, type OpenContent, openContent } from "./archive_file.ts";

/** The content of a requested archive. */
export interface ArchiveWish {
  readonly selection: ImageSelection;
  /** The recipe for each image; `null` takes the originals. */
  readonly recipe: Recipe | null;
}

/** Options for {@linkcode archivedImages}. */
export interface ArchivedImagesOptions {
  readonly finder: ReferenceFinder;
  /** Aborted when the client has left. */
  readonly signal: AbortSignal;
  /** How many images are prepared concurrently, ahead of the one that is sent. */
  readonly atATime: number;
}

/** One image of an archive: its file, or the error. */
export interface ArchivedImage {
  readonly id: string;
  readonly result: PromiseSettledResult<ArchiveFile>;
}

/** The maximum number of results that are ready but not sent. */
const READY = 8;

/** Attempts for an image while the server is busy, and the longest delay between two. */
const TRIES = 5;
const LONGEST_DELAY_MILLISECONDS = 5_000;

/** Yields the files of images in order, and prepares a few ahead. Each file is gone once the next one is requested. */
export async function* archivedImages(
  ports: Ports,
  { selection, recipe }: ArchiveWish,
  { finder, signal, atATime }: ArchivedImagesOptions,
): AsyncGenerator<ArchivedImage, void> {
  const opened = new Set<OpenContent>();
  const open = async ({ id, result }: SelectedImage<StoredImage>, number: number): Promise<Opened> => {
    try {
      if (result.status === "rejected") throw result.reason;
      const made = await retryWhileBusy(
        () => openImage(ports, result.value, recipe, { finder, signal }),
        signal,
      );
      opened.add(made.content);
      return { id, number, image: result.value, made };
    } catch (error) {
      return { id, error };
    }
  };
  const all = inOrder<Opened>(
    async (add) => {
      let number = 0;
      for await (const found of findImages(ports, selection)) await add(open(found, ++number));
    },
    { atATime, ahead: READY },
  );
  try {
    for await (const each of all) {
      if ("error" in each) yield { id: each.id, result: { status: "rejected", reason: each.error } };
      else {
        await using content = each.made.content;
        yield { id: each.id, result: { status: "fulfilled", value: fileOf(each) } };
        opened.delete(content);
      }
    }
  } finally {
    for (const content of opened) await content[Symbol.asyncDispose]();
  }
}

type Opened =
  | { readonly id: string; readonly error: unknown }
  | { readonly id: string; readonly number: number; readonly image: StoredImage; readonly made: MadeImage };

interface MadeImage {
  readonly format: SourceFormat;
  readonly bytes: number;
  readonly content: OpenContent;
}

async function openImage(
  ports: Ports,
  image: StoredImage,
  recipe: Recipe | null,
  { finder, signal }: Pick<ArchivedImagesOptions, "finder" | "signal">,
): Promise<MadeImage> {
  if (!recipe) {
    const { bytes, format } = image;
    return { bytes, format, content: await openContent(await openOriginal(ports, image), bytes) };
  }
  const format = recipe.format ?? defaultOutputFormat(image.format);
  const plan = await planDerivative(
    ports,
    storedSource(ports, image),
    { steps: recipe.steps, format },
    async (reference) => (await finder.find(reference)).source,
  );
  const render = async () => {
    const { derivative } = await renderImage(ports, plan, { signal, priority: "bulk" });
    const { bytes, content } = derivative;
    return { format, bytes, content: await openContent(content, bytes) };
  };
  // A derivative evicted before it can be opened is rendered again.
  return await render().catch((error: unknown) => (isMissing(error) ? render() : Promise.reject(error)));
}

/** Retries while the server is busy: bulk callers prefer a late result to a missing one. */
function retryWhileBusy<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return retry(work, {
    signal,
    delayAfter: (error, tries) => {
      if (!isProgImageError(error) || error.code !== "busy" || tries === TRIES) return null;
      return Math.min(1_000 * (error.details.retryAfter ?? 1), LONGEST_DELAY_MILLISECONDS);
    },
  });
}

/** The number makes the file name unique, and keeps the order. */
function fileOf({ number, image, made }: Exclude<Opened, { readonly error: unknown }>): ArchiveFile {
  const { bytes, content, format } = made;
  const given = fileNameOf(image.name ?? "", format).replace(UNFIT_REGEXP, "_");
  const name = `${String(number).padStart(6, "0")}-${given || fileNameOf(image.id, format)}`;
  return { name, bytes, modifiedAt: new Date(image.createdAt), content: content.chunks };
}

/** Characters that some system does not allow in file names. */
const UNFIT_REGEXP = /[<>:"|?*]/g;

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
