import {
  assertUndamaged,
  type Derivative,
  findImage,
  type FindImagePorts,
  formatOfExtension,
  imageNotFound,
  isImageId,
  kindOfReference,
  openOriginal,
  OUTPUT_EXTENSIONS,
  type OutputFormat,
  parseUrlRecipe,
  planDerivative,
  type Ports,
  ProgImageError,
  readQuery,
  recallingOriginal,
  type Recipe,
  renderImage,
  type Size,
  storedSource,
  type StoredImage,
} from "@progimage/core";
import type { Caller } from "../access/caller.ts";
import { assertMayRender } from "../access/rate/assert_may_render.ts";
import {
  type DeliveryRight,
  type DeliveryUse,
  deliveryUse,
  hasRight,
  refuseDelivery,
} from "../access/delivery_rule.ts";
import { canonicalLink } from "../answer/canonical_link.ts";
import { isNotModified } from "../answer/conditions.ts";
import { markDeprecated } from "../answer/deprecation.ts";
import { type Download, readDownload } from "../answer/file_disposition.ts";
import { answerImage, answerNotModified, type ImageAnswer, type ImageBytes } from "../answer/image_answer.ts";
import { imageHeaders, type Keeping, validatorsOf } from "../answer/image_headers.ts";
import { imageVersion } from "../answer/image_version.ts";
import { type NegotiatedImage, negotiateFormat, universalFormat } from "../answer/negotiate_format.ts";
import { PICTURE_PAGE_HEADERS } from "../answer/page_headers.ts";
import { pathNotFound } from "../http/problem.ts";
import { contextOf } from "../http/request_context.ts";
import { pathOf, queryOf } from "../http/request_target.ts";
import { splitImageFile } from "../request/image_file.ts";
import { secondsLeft, signedHeaders } from "../answer/signed_headers.ts";
import { HIT, serverTiming } from "../answer/server_timing.ts";
import type { ServerContext, SharedContext } from "../server_context.ts";
import { orDeleted } from "./or_deleted.ts";

/** `GET` and `HEAD /images/{id}` and `/images/{id}.{ext}`: the original bytes, or a derivative. */
export function readImageRoute(shared: SharedContext) {
  return async (request: Request, file: string | undefined): Promise<Response> => {
    const { id, extension } = splitImageFile(file ?? "");
    const query = queryOf(request);
    const context = shared.of(request);
    const { caller } = contextOf(request);
    const use = deliveryUse({ extension, query }, context.ports.presets);
    // Before all that would tell something about the image.
    const usual = context.deliveryRule(use, false, caller);
    if (!hasRight(caller, usual)) throw refuseDelivery(caller, usual);
    if (!isImageId(id)) throw imageNotFound();
    const path = `/images/${file}`;
    if (pathOf(request) !== path) throw pathNotFound(path);
    const named = extension === null ? undefined : formatOf(extension);
    const recipe = parseUrlRecipe(query, context.ports.transforms, {
      maxSteps: context.ports.limits.recipeSteps,
      presets: context.ports.presets,
      ignore: ["download"],
      ...(named !== undefined && { format: named }),
      onDeprecated: () => markDeprecated(request),
    });
    const image = await findVersion(context, id, query).catch((error: unknown) => {
      // The image may have been private: others do not learn that it was deleted.
      if (!caller.scopes.has("images:read")) throw error;
      return orDeleted(context, id)(error);
    });
    const right = rightTo(context, caller, { use, images: [image] });
    const wish = { image, query, download: readDownload(query), use, right };
    const isRender = recipe.steps.length > 0 || recipe.format !== null || extension !== null;
    if (!isRender && !leavesFormatOpen(query)) return await answerOriginal(context, request, wish);
    return await answerDerivative(context, request, { ...wish, recipe });
  };
}

interface OriginalWish {
  readonly image: StoredImage;
  readonly query: string;
  readonly download: Download;
  readonly use: DeliveryUse;
  readonly right: DeliveryRight;
}

interface DerivativeWish extends OriginalWish {
  readonly recipe: Recipe;
}

/** How long the target of a redirect is valid. */
const REDIRECT_SECONDS = 300;

/** A render may have to wait and then take long: the connection must stay open. */
const RENDER_KEEP_ALIVE_SECONDS = 255;

async function answerOriginal(
  { config, known, ports, redirect }: ServerContext,
  request: Request,
  { image, download, right }: OriginalWish,
): Promise<Response> {
  const { bytes, expiresAt, format } = image;
  const validators = validatorsOf(image.sha256, image.createdAt);
  const { isPublic } = right;
  const traits = { image, expiresAt, format, download, isNegotiated: false, isPublic, now: ports.now() };
  const answer = imageHeaders({ ...traits, ...validators, keeping: "forever" }, config);
  const { caller } = contextOf(request);
  const signed = signedHeaders(answer, caller, { signedMaxAge: config.signedMaxAge, now: ports.now() });
  if (isNotModified(request, answer)) return answerNotModified(answer, signed);
  assertUndamaged(image);
  const place =
    redirect && request.method === "GET"
      ? await redirect(image.blobKey, redirectSeconds(caller, ports.now()), { ...answer.headers, ...signed })
      : null;
  if (place !== null) return answerElsewhere(place);
  const content = await openOriginal(ports, image);
  if (!redirect) {
    const recall = recallingBytes(recallingOriginal(ports, image, content));
    known.remember(request, { answer, images: [image], recall, right });
  }
  return await answerImage(request, answer, { bytes, content }, signed);
}

/** A redirect ends with the signature that has opened it. */
function redirectSeconds({ signature }: Caller, now: number): number {
  return signature ? Math.min(REDIRECT_SECONDS, Math.max(1, secondsLeft(signature, now))) : REDIRECT_SECONDS;
}

/** The target expires soon, so the redirect must not be cached. */
function answerElsewhere(location: string): Response {
  const headers = { ...PICTURE_PAGE_HEADERS, location, "cache-control": "no-store" };
  return new Response(null, { status: 307, headers });
}

async function answerDerivative(
  context: ServerContext,
  request: Request,
  { image, query, download, recipe, use }: DerivativeWish,
): Promise<Response> {
  const { config, delivery, known, ports, publicUrl } = context;
  const { caller } = contextOf(request);
  const accept = request.headers.get("accept");
  const negotiated = (size: Size, opened: NegotiatedImage) =>
    negotiateFormat(accept, opened, { size, usual: universalFormat(opened) });
  const images = [image];
  const plan = await planDerivative(
    ports,
    storedSource(ports, image),
    { steps: recipe.steps, format: recipe.format ?? negotiated },
    async (id) => {
      const other = await findReferred(delivery, id);
      images.push(other);
      // Before the plan could tell something about the image.
      rightTo(context, caller, { use, images });
      return storedSource(ports, other);
    },
  );
  const right = rightTo(context, caller, { use, images });
  const { format, key } = plan;
  const validators = validatorsOf(key, Math.max(image.updatedAt, image.generation));
  const traits = {
    ...validators,
    image,
    expiresAt: firstExpiryOf(images),
    format,
    download,
    keeping: keepingOf(context, image, query),
    isNegotiated: recipe.format === null,
    isPublic: right.isPublic,
  };
  const answer = () => imageHeaders({ ...traits, now: ports.now() }, config);
  const { signedMaxAge } = config;
  const signed = (made: ImageAnswer) => signedHeaders(made, caller, { signedMaxAge, now: ports.now() });
  if (isNotModified(request, validators)) {
    const made = answer();
    return answerNotModified(made, signed(made));
  }
  await assertMayRender(ports, request, key);
  contextOf(request).keepAlive(RENDER_KEEP_ALIVE_SECONDS);
  const { derivative, timing } = await renderImage(ports, plan, { signal: request.signal });
  const link = recipe.format
    ? canonicalLink(
        request,
        { id: image.id, steps: recipe.steps, format },
        { publicUrl, transforms: ports.transforms },
      )
    : {};
  const made = answer();
  const rendered = { ...made, headers: { ...made.headers, ...link } };
  const hit = { ...rendered, headers: { ...rendered.headers, "server-timing": HIT } };
  known.remember(request, { answer: hit, images, recall: recallingDerivative(ports, key), right });
  return await answerImage(request, rendered, derivative, {
    "server-timing": serverTiming(timing),
    ...signed(made),
  });
}

/** The images of a URL: the one in its path, then those in its query. */
interface UsedImages {
  readonly use: DeliveryUse;
  readonly images: readonly StoredImage[];
}

/**
 * Returns the right to an answer with some images. Presets are the operator's, so the images in them need no right of their own.
 *
 * @throws {ProgImageError} `image_not_found` for a caller without `images:read`, who must not know whether there is such an image
 * @throws {Refusal} `forbidden`
 */
function rightTo(
  { deliveryRule }: ServerContext,
  caller: Caller,
  { use, images }: UsedImages,
): DeliveryRight {
  const named = use === "recipe" ? images : images.slice(0, 1);
  const right = deliveryRule(
    use,
    named.some((image) => image.private),
    caller,
  );
  if (hasRight(caller, right)) return right;
  // The caller has the right to images that are not private, or it would have been refused before the look-up.
  throw caller.scopes.has("images:read") ? refuseDelivery(caller, right) : imageNotFound();
}

/**
 * Returns an image as the catalog had it within the last second. If the URL has another version, which may be newer, returns the
 * current one. While the catalog is unavailable, the cached image is used.
 */
async function findVersion(context: ServerContext, id: string, query: string): Promise<StoredImage> {
  const image = await findImage(context.delivery, id);
  if (versionIn(query) === null || isOfVersion(context, image, query)) return image;
  const [found] = await context.ports.catalog.findMany([id]).catch(() => [image]);
  if (!found) throw imageNotFound();
  return found;
}

/** Returns how caches may keep a render. They must not keep it under a version that this process, or the catalog, does not know. */
function keepingOf(context: ServerContext, image: StoredImage, query: string): Keeping {
  if (versionIn(query) === null) return "a_while";
  if (!isOfVersion(context, image, query)) return "no";
  return namesLoosePreset(query) ? "a_while" : "forever";
}

/** Returns when the first of some images expires; `null` if none does. */
function firstExpiryOf(images: readonly StoredImage[]): number | null {
  const first = Math.min(...images.map(({ expiresAt }) => expiresAt ?? Infinity));
  return first === Infinity ? null : first;
}

/** Whether a URL has this process's version of an image. A node with another version of the server has another one. */
function isOfVersion({ renderEpoch }: ServerContext, image: StoredImage, query: string): boolean {
  return versionIn(query) === imageVersion(image, renderEpoch);
}

function versionIn(query: string): string | null {
  return readQuery(query).find(([name]) => name === "v")?.[1] ?? null;
}

/** Whether a query, or its preset, asks for a render in a format that the `Accept` header selects. */
function leavesFormatOpen(query: string): boolean {
  return readQuery(query).some(([name]) => name === "format" || name === "preset");
}

/** Whether a URL has a preset without its version: the operator may change that preset. */
function namesLoosePreset(query: string): boolean {
  return readQuery(query).some(([name, value]) => name === "preset" && !value.includes("@"));
}

// Long-lived cache entries must not retain their request, so these functions close over their arguments only.
function recallingDerivative({ derivatives }: Ports, key: string): () => Derivative | null {
  return () => derivatives.recall(key);
}

function recallingBytes(
  recall: ReturnType<typeof recallingOriginal>,
): (image: StoredImage) => ImageBytes | null {
  return (image) => {
    const content = recall(image);
    return content && { bytes: image.bytes, content };
  };
}

/** The URL of an image is public, so it may only refer to images of the repository. */
async function findReferred(delivery: FindImagePorts, reference: string): Promise<StoredImage> {
  if (kindOfReference(reference) === "id") return await findImage(delivery, reference);
  const message = "in the URL of an image it must be the id of another: POST /render takes URLs and parts";
  throw new ProgImageError("invalid_parameter", message);
}

/** Returns the format of an extension; `null` for `auto`, which lets the `Accept` header decide. */
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
