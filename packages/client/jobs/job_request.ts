import { type ImageDescription, jsonDescription } from "../upload/image_description.ts";
import type { ExchangeSelection } from "../upload/import_files.ts";
import type { JsonValue } from "../json_value.ts";
import { idOf, referenceOf } from "../images/image_source.ts";
import type { ImageReference, ImageSource } from "../images/sources.ts";
import type { JobDelivery, JobPriority } from "../shapes.ts";
import type { ImageFilter } from "../images/image_filter.ts";
import { type HasRecipe, jsonOutput, type RenderOutput } from "../images/render_request.ts";

/** Which images a job is about. A filter stands for the images that there are when the job begins. */
export type JobSelection =
  | { readonly ids: readonly ImageReference[] }
  | { readonly urls: readonly (string | URL)[] }
  | { readonly filter: ImageFilter }
  /** Files of the exchange, where the server has one. */
  | { readonly exchange: ExchangeSelection }
  | { readonly all: true };

/** What a job shall do. */
export interface JobRequest {
  readonly select: JobSelection;
  /** What to make of each image. Without any, what lies elsewhere is stored as it is. @default {[]} */
  readonly outputs?: readonly (HasRecipe | RenderOutput)[];
  /** Required if there are outputs. @default {"images"} */
  readonly deliver?: JobDelivery;
  /** @default {"normal"} */
  readonly priority?: JobPriority;
  /** Hears when the job has ended, by a signed POST. */
  readonly webhook?: string | URL;
  /** What to say of images that are stored. */
  readonly attributes?: ImageDescription;
  /** Seconds that the job stays after its end. @default {604_800} */
  readonly keepSeconds?: number;
  /** What you call the job. */
  readonly label?: string;
  /** What you keep with it: any JSON of at most 16 KB. Its webhook gets it too. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
}

/**
 * Writes what a job shall do as the server's JSON.
 *
 * @throws {TypeError} where a recipe names a file: none comes with a job
 */
export function jsonJob(request: JobRequest): Readonly<Record<string, unknown>> {
  const { select, outputs, deliver, priority, webhook, attributes, ...said } = request;
  return {
    select: jsonSelection(select),
    outputs: outputs?.map((output) => jsonOutput(output, referToStored)),
    deliver,
    priority,
    webhook,
    attributes: attributes && jsonDescription(attributes),
    ...said,
  };
}

function jsonSelection(select: JobSelection): object {
  if ("ids" in select) return { ids: select.ids.map((id) => (typeof id === "string" ? id : idOf(id))) };
  return select;
}

function referToStored(source: ImageSource): string {
  const reference = referenceOf(source);
  if (reference !== null) return reference;
  throw new TypeError("Cannot begin a job with a file: upload it first, or name it by a URL");
}
