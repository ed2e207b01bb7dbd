import {
  attributesJson,
  canAnimate,
  type DELETED_IMAGE_SHAPE,
  type Image,
  type IMAGE_SHAPE,
  type JsonOf,
  mediaTypeOf,
  type RestorableImage,
} from "@progimage/core";
import type { ServerContext } from "../server_context.ts";
import type { Validators } from "./conditions.ts";
import { validatorsOf } from "./image_headers.ts";
import { imageVersion } from "./image_version.ts";

/** The parts of an image's links. */
export type ImageLinks = Pick<ServerContext, "publicUrl" | "renderEpoch">;

/** The JSON of an image. */
export type ImageJson = JsonOf<typeof IMAGE_SHAPE>;

/** Returns the API representation of an image. */
export function imageJson(image: Image, { publicUrl, renderEpoch }: ImageLinks): ImageJson {
  return {
    id: image.id,
    ...attributesJson(image),
    format: image.format,
    mediaType: mediaTypeOf(image.format),
    bytes: image.bytes,
    width: image.width,
    height: image.height,
    pages: image.pages,
    isAnimated: image.pages > 1 && canAnimate(image.format),
    durationMs: image.durationMs,
    hasAlpha: image.hasAlpha,
    hasProfile: image.hasProfile,
    orientation: image.orientation,
    colorSpace: image.colorSpace,
    warnings: image.warnings,
    sha256: image.sha256,
    dominantColor: image.dominantColor,
    thumbhash: image.thumbhash,
    revision: image.revision,
    createdAt: new Date(image.createdAt).toISOString(),
    updatedAt: new Date(image.updatedAt).toISOString(),
    href: `${publicUrl}/images/${image.id}?v=${imageVersion(image, renderEpoch)}`,
    infoHref: infoHref(image, publicUrl),
  };
}

/** Returns the API representation of a deleted image. */
export function deletedImageJson(
  { image, restorableUntil }: RestorableImage,
  links: ImageLinks,
): JsonOf<typeof DELETED_IMAGE_SHAPE> {
  return {
    ...imageJson(image, links),
    deletedAt: new Date(image.deletedAt).toISOString(),
    restorableUntil: new Date(restorableUntil).toISOString(),
  };
}

/** The fields that determine the result of {@linkcode imageJson}. */
type ImageState = Pick<Image, "generation" | "id" | "revision" | "updatedAt">;

/** Returns the validators of the record of an image. */
export function infoValidators({ generation, id, revision, updatedAt }: ImageState): Validators {
  return validatorsOf(`${id}-${revision}-${generation}`, Math.max(updatedAt, generation));
}

/** Returns the headers of any answer with the record of an image: the URL of that resource, and its state. */
export function infoHeaders(image: ImageState, publicUrl: string): Record<string, string> {
  const { etag, lastModified } = infoValidators(image);
  return {
    etag,
    "last-modified": lastModified,
    "content-location": infoHref(image, publicUrl),
    "cache-control": "private, no-cache",
  };
}

/** Returns the answer with the record of an image. */
export function answerImageInfo(image: Image, links: ImageLinks): Response {
  return Response.json(imageJson(image, links), { headers: infoHeaders(image, links.publicUrl) });
}

function infoHref({ id }: Pick<Image, "id">, publicUrl: string): string {
  return `${publicUrl}/images/${id}/info`;
}
