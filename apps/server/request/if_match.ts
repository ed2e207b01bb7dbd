import { type Image, ProgImageError } from "@progimage/core";
import { allowsTag, entityTag } from "../answer/entity_tag.ts";
import { infoTag } from "../answer/image_json.ts";

/**
 * Refuses to change the record of an image if `If-Match` names another state of it.
 *
 * @throws {ProgImageError} `precondition_failed`
 */
export function checkDescriptionTag({ headers }: Request, image: Image): void {
  const ifMatch = headers.get("if-match");
  if (allowsTag(ifMatch, infoTag(image))) return;
  throw new ProgImageError(
    "precondition_failed",
    allowsTag(ifMatch, pictureTag(image))
      ? "Cannot update image as If-Match names its picture, which never changes: name its description, by the ETag of /images/{id}/info"
      : "Cannot update image as it has changed since: read /images/{id}/info again",
  );
}

/**
 * Refuses to remove an image if `If-Match` names neither the current picture nor the current record.
 *
 * @throws {ProgImageError} `precondition_failed`
 */
export function checkEitherTag({ headers }: Request, image: Image): void {
  const ifMatch = headers.get("if-match");
  if (allowsTag(ifMatch, infoTag(image)) || allowsTag(ifMatch, pictureTag(image))) return;
  throw new ProgImageError(
    "precondition_failed",
    "Cannot remove image as it has changed since: read it again",
  );
}

/** Returns the entity tag of the original bytes. */
function pictureTag({ sha256 }: Image): string {
  return entityTag(sha256);
}
