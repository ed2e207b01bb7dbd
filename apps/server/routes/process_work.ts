import {
  defaultOutputFormat,
  type DerivativePlan,
  extensionOf,
  type FoundImage,
  type ImageAttributes,
  isProgImageError,
  NO_ATTRIBUTES,
  type OutputFormat,
  planDerivative,
  ProgImageError,
  type ReferenceFinder,
  type SaidAttributes,
  type Size,
  type SourceImage,
  spooledSource,
} from "@progimage/core";
import { type NegotiatedImage, negotiateFormat } from "../answer/negotiate_format.ts";
import type { PostedFile } from "../request/posted.ts";
import type { OutputRequest, RenderRequest } from "../request/render_request.ts";
import type { ServerContext } from "../server_context.ts";

/** A request whose body has arrived. */
export interface Work {
  readonly request: Request;
  readonly wanted: RenderRequest;
  readonly posted: readonly PostedFile[];
  readonly finder: ReferenceFinder;
}

/** A request with its received files, until it is disposed of. Disposing of it twice is safe. */
export interface HeldWork extends Work, AsyncDisposable {}

/** Returns one of the images to process: first those in the body, then those that are referred to. */
export async function findSource(
  { ports }: Pick<ServerContext, "ports">,
  { posted, wanted, finder, request }: Pick<Work, "finder" | "posted" | "request" | "wanted">,
  index: number,
): Promise<FoundImage> {
  const file = posted[index];
  if (file) return { source: await spooledSource(ports, file, request), name: file.name };
  try {
    return await finder.find(wanted.sources[index - posted.length] ?? "");
  } catch (error) {
    if (!isProgImageError(error)) throw error;
    const details = { ...error.details, parameter: "source" };
    throw new ProgImageError(error.code, error.message, { cause: error.cause, details });
  }
}

/** Plans one result. */
export async function planOutput(
  { ports }: Pick<ServerContext, "ports">,
  { finder, request }: Pick<Work, "finder" | "request">,
  { steps, format }: OutputRequest,
  source: SourceImage,
): Promise<DerivativePlan> {
  const accept = request.headers.get("accept");
  const usual = defaultOutputFormat(source.format);
  const wish = {
    steps,
    format:
      format ?? ((size: Size, opened: NegotiatedImage) => negotiateFormat(accept, opened, { size, usual })),
  };
  return await planDerivative(
    ports,
    source,
    wish,
    async (reference) => (await finder.find(reference)).source,
  );
}

/** Returns the attributes of a stored result: the name of its source, with the extension of its own format. */
export function attributesFor(
  sourceName: string,
  format: OutputFormat,
  given: SaidAttributes,
): ImageAttributes & SaidAttributes {
  const stem = sourceName.replace(/\.[A-Za-z0-9]{1,5}$/, "");
  const name = stem === "" ? "" : `${stem.slice(0, 240).toWellFormed()}.${extensionOf(format)}`;
  return { ...NO_ATTRIBUTES, name, ...given };
}
