import { type ImageDescription, jsonDescription } from "../upload/image_description.ts";
import type { ExchangeSelection } from "../upload/import_files.ts";
import type { JsonValue } from "../json_value.ts";
import { idOf, referenceOf } from "../images/image_source.ts";
import type { ImageReference, ImageSource } from "../images/sources.ts";
import type { JobDelivery, JobPriority } from "../shapes.ts";
import type { ImageFilter } from "../images/image_filter.ts";
import { type HasRecipe, jsonOutput, type RenderOutput } from "../images/render_request.ts";

/** The images of a job. A filter selects the images that exist when the job begins. */
export type JobSelection =
  | { readonly ids: readonly ImageReference[] }
  | { readonly urls: readonly (string | URL)[] }
  | { readonly filter: ImageFilter }
  /** Files of the server's exchange, if it has one. */
  | { readonly exchange: ExchangeSelection }
  | { readonly all: true };

/** The description of a job. */
export interface JobRequest {
  readonly select: JobSelection;
  /** The recipes for each image. Without any, files from elsewhere are stored unchanged. @default {[]} */
  readonly outputs?: readonly (HasRecipe | RenderOutput)[];
  /** Required if there are outputs. @default {"images"} */
  readonly deliver?: JobDelivery;
  /** @default {"normal"} */
  readonly priority?: JobPriority;
  /** The URL that receives a signed POST when the job has ended. */
  readonly webhook?: string | URL;
  /** Attributes of the images that are stored. */
  readonly attributes?: ImageDescription;
  /** Seconds that the job is kept after its end. @default {604_800} */
  readonly keepSeconds?: number;
  /** Your name for the job. */
  readonly label?: string;
  /** Your own data about the job: any JSON of at most 16 KB. Its webhook receives it too. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
}

/**
 * Writes a job as the server's JSON.
 *
 * @throws {TypeError} if a recipe names a file: a job has none
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
