import { setTimeout } from "node:timers/promises";
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
  type SelectedImage,
  type SourceFormat,
  storedSource,
  type StoredImage,
} from "@progimage/core";
import { fileNameOf } from "../answer/file_disposition.ts";
import { inOrder } from "../http/in_order.ts";
import { type ArchiveFile, type OpenContent, openContent } from "./archive_file.ts";

/** What is to be put into an archive. */
export interface ArchiveWish {
  readonly selection: ImageSelection;
  /** What to make of each image; `null` takes the originals. */
  readonly recipe: Recipe | null;
}

/** Options for {@linkcode archivedImages}. */
export interface ArchivedImagesOptions {
  readonly finder: ReferenceFinder;
  /** Nobody waits any more. */
  readonly signal: AbortSignal;
  /** How many are made ready at a time, ahead of the one that is sent. */
  readonly atATime: number;
}

/** One image of an archive: its file, or why there is none. */
export interface ArchivedImage {
  readonly id: string;
  readonly result: PromiseSettledResult<ArchiveFile>;
}

/** Results that are ready but not sent. */
const READY = 8;

/** How often an image is tried again that the server was too busy for, and how long it waits at most. */
const TRIES = 5;
const LONGEST_PAUSE_MILLISECONDS = 5_000;

/** Gives the files of images in their order, a few of them ahead. Each is gone when the next one is asked for. */
export async function* archivedImages(
  ports: Ports,
  { selection, recipe }: ArchiveWish,
  { finder, signal, atATime }: ArchivedImagesOptions,
): AsyncGenerator<ArchivedImage, void> {
  const opened = new Set<OpenContent>();
  const open = async ({ id, result }: SelectedImage<StoredImage>, number: number): Promise<Opened> => {
    try {
      if (result.status === "rejected") throw result.reason;
      const made = await patiently(() => openImage(ports, result.value, recipe, { finder, signal }), signal);
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
  // One that is evicted before it can be opened is rendered again.
  return await render().catch((error: unknown) => (isMissing(error) ? render() : Promise.reject(error)));
}

/** Whoever asks for many images would rather wait than miss some. */
async function patiently<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isProgImageError(error) || error.code !== "busy" || tries === TRIES) throw error;
      const pause = 1_000 * (error.details.retryAfter ?? 1);
      await setTimeout(Math.min(pause, LONGEST_PAUSE_MILLISECONDS), undefined, { signal });
    }
  }
}

/** Its number makes the name unique, and keeps the order. */
function fileOf({ number, image, made }: Exclude<Opened, { readonly error: unknown }>): ArchiveFile {
  const { bytes, content, format } = made;
  const given = fileNameOf(image.name ?? "", format).replace(UNFIT_REGEXP, "_");
  const name = `${String(number).padStart(6, "0")}-${given || fileNameOf(image.id, format)}`;
  return { name, bytes, modifiedAt: new Date(image.createdAt), content: content.chunks };
}

/** What some system does not take in the name of a file. */
const UNFIT_REGEXP = /[<>:"|?*]/g;

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
