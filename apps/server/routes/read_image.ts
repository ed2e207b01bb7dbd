import {
  findImage,
  formatOfExtension,
  imageNotFound,
  isImageId,
  kindOfReference,
  openOriginal,
  OUTPUT_EXTENSIONS,
  type OutputFormat,
  parseUrlRecipe,
  planDerivative,
  ProgImageError,
  type Ports,
  renderImage,
  type SourceImage,
  type Step,
  storedSource,
  type StoredImage,
} from "@progimage/core";
import { entityTag, matchesAnyTag } from "../http/entity_tag.ts";
import { imageHeaders } from "../http/image_headers.ts";
import { negotiateFormat } from "../http/negotiate_format.ts";
import { contextOf } from "../http/request_context.ts";
import type { ServerContext } from "../server_context.ts";

/** `GET` and `HEAD /images/{id}` and `/images/{id}.{ext}`: the original bytes, or what a recipe makes of them. */
export function readImageRoute(context: ServerContext) {
  return async (request: Request, file: string | undefined): Promise<Response> => {
    const { id, extension } = splitFile(file ?? "");
    if (!isImageId(id)) throw imageNotFound();
    const query = queryOf(request.url);
    const recipe = parseUrlRecipe(query, context.ports.transforms, {
      maxSteps: context.ports.limits.recipeSteps,
      presets: context.ports.presets,
    });
    const named = extension === null ? recipe.format : formatOf(extension);
    const image = await findImage(context.ports, id);
    const asksForFormat = extension !== null || FORMAT_REGEXP.test(query);
    if (!asksForFormat && recipe.steps.length === 0) return await answerOriginal(context, request, image);
    const format = named ?? negotiateFormat(request.headers.get("accept"), image);
    return await answerDerivative(context, request, {
      image,
      steps: recipe.steps,
      format,
      isNegotiated: named === null,
    });
  };
}

interface Wish {
  readonly image: StoredImage;
  readonly steps: readonly Step[];
  readonly format: OutputFormat;
  readonly isNegotiated: boolean;
}

const FORMAT_REGEXP = /(?:^|&)format(?:=|&|$)/;
const VERSION_REGEXP = /(?:^|&)v=/;

/** A render may wait, and then take its time: the connection must not be closed meanwhile. */
const RENDER_KEEP_ALIVE_SECONDS = 120;

async function answerOriginal(
  { config, ports }: ServerContext,
  request: Request,
  image: StoredImage,
): Promise<Response> {
  const key = image.sha256;
  const answer = {
    image,
    format: image.format,
    key,
    isImmutable: true,
    isNegotiated: false,
    now: ports.now(),
  };
  const headers = imageHeaders(answer, config);
  if (matchesAnyTag(request.headers.get("if-none-match"), entityTag(key))) return notModified(headers);
  return new Response(await openOriginal(ports, image), { headers });
}

async function answerDerivative(
  { config, ports }: ServerContext,
  request: Request,
  wish: Wish,
): Promise<Response> {
  const { image, steps, format, isNegotiated } = wish;
  const plan = await planDerivative(ports, storedSource(ports, image), { steps, format }, (reference) =>
    findStored(ports, reference),
  );
  const isImmutable = VERSION_REGEXP.test(queryOf(request.url));
  const headers = imageHeaders(
    { image, format, key: plan.key, isImmutable, isNegotiated, now: ports.now() },
    config,
  );
  if (matchesAnyTag(request.headers.get("if-none-match"), entityTag(plan.key))) return notModified(headers);
  contextOf(request).keepAlive(RENDER_KEEP_ALIVE_SECONDS);
  const path = await renderImage(ports, plan, { signal: request.signal });
  return new Response(Bun.file(path), { headers });
}

/** In a URL that everybody may call, images are those of the repository. */
async function findStored(ports: Ports, reference: string): Promise<SourceImage> {
  if (kindOfReference(reference) === "id") return storedSource(ports, await findImage(ports, reference));
  const message = "in the URL of an image it must be the id of another: POST /render takes URLs and parts";
  throw new ProgImageError("invalid_parameter", message);
}

function notModified({ "content-type": _type, ...headers }: Record<string, string>): Response {
  return new Response(null, { status: 304, headers });
}

/** Splits at the first dot: ids have none. */
function splitFile(file: string): { readonly id: string; readonly extension: string | null } {
  const dot = file.indexOf(".");
  return dot < 0 ? { id: file, extension: null } : { id: file.slice(0, dot), extension: file.slice(dot + 1) };
}

/** The query as it was sent: parsed copies lose the order. */
function queryOf(url: string): string {
  const start = url.indexOf("?");
  return start < 0 ? "" : url.slice(start + 1);
}

/** Gives the format that an extension names; `null` for `auto`, which leaves it to the `Accept` header. */
function formatOf(extension: string): OutputFormat | null {
  if (extension === "auto") return null;
  const format = formatOfExtension(extension);
  if (format) return format;
  const known = [...OUTPUT_EXTENSIONS, "auto"];
  throw new ProgImageError(
    "unknown_format",
    `Cannot convert to ${JSON.stringify(extension.slice(0, 32))}: known extensions are ${known.join(", ")}`,
    {
      details: { known },
    },
  );
}
