import { attributesJson, type Image, mediaTypeOf, type RestorableImage } from "@progimage/core";
import { entityTag } from "./entity_tag.ts";

/** An image as the API shows it. Fields may be added, never changed. */
export function imageJson(image: Image, publicUrl: string) {
  return {
    id: image.id,
    ...attributesJson(image),
    format: image.format,
    mediaType: mediaTypeOf(image.format),
    bytes: image.bytes,
    width: image.width,
    height: image.height,
    pages: image.pages,
    hasAlpha: image.hasAlpha,
    orientation: image.orientation,
    colorSpace: image.colorSpace,
    sha256: image.sha256,
    dominantColor: image.dominantColor,
    placeholder: image.placeholder,
    createdAt: new Date(image.createdAt).toISOString(),
    updatedAt: new Date(image.updatedAt).toISOString(),
    href: `${publicUrl}/images/${image.id}?v=${image.generation}`,
  };
}

/** A deleted image as the API shows it. */
export function deletedImageJson({ image, restorableUntil }: RestorableImage, publicUrl: string) {
  return {
    ...imageJson(image, publicUrl),
    deletedAt: new Date(image.deletedAt).toISOString(),
    restorableUntil: new Date(restorableUntil).toISOString(),
  };
}

/** What {@linkcode imageJson} shows changes with these. */
type ImageState = Pick<Image, "generation" | "id" | "revision">;

/** The strong entity tag of what is known of an image. */
export function infoTag({ generation, id, revision }: ImageState): string {
  return entityTag(`${id}-${revision}-${generation}`);
}

/** The headers of an answer that shows what is known of an image. */
export function infoHeaders(image: ImageState): Record<string, string> {
  return { etag: infoTag(image), "cache-control": "private, no-cache" };
}
