import { type Image, ProgImageError } from "@progimage/core";
import { judgeConditions, type Validators } from "../answer/conditions.ts";
import { allowsTag } from "../answer/entity_tag.ts";
import { validatorsOf } from "../answer/image_headers.ts";
import { infoValidators } from "../answer/image_json.ts";

/**
 * Refuses to change the record of an image if a condition of the request, such as `If-Match`, does not hold for it.
 *
 * @throws {ProgImageError} `precondition_failed`
 */
export function checkDescriptionTag(request: Request, image: Image): void {
  if (judgeConditions(request, infoValidators(image)) === "proceed") return;
  const ifMatch = request.headers.get("if-match");
  throw new ProgImageError(
    "precondition_failed",
    ifMatch !== null && allowsTag(ifMatch, pictureValidators(image).etag)
      ? "Cannot update image as If-Match names its picture, which never changes: name its description, by the ETag of /images/{id}/info"
      : "Cannot update image as it has changed since: read /images/{id}/info again",
  );
}

/**
 * Refuses to remove an image if the conditions of the request hold neither for its picture nor for its record.
 *
 * @throws {ProgImageError} `precondition_failed`
 */
export function checkEitherTag(request: Request, image: Image): void {
  const validators = [infoValidators(image), pictureValidators(image)];
  const verdicts = validators.map((each) => judgeConditions(request, each));
  if (verdicts.includes("proceed") && !verdicts.includes("not_modified")) return;
  throw new ProgImageError(
    "precondition_failed",
    "Cannot remove image as it has changed since: read it again",
  );
}

/** Returns the validators of the original bytes. */
function pictureValidators({ createdAt, sha256 }: Image): Validators {
  return validatorsOf(sha256, createdAt);
}
