import { isProgImageError, ProgImageError } from "@progimage/core";

const UNREADABLE_CODES: ReadonlySet<string> = new Set(["broken_image", "unsupported_media"]);

/** Returns a failure. If `curl -d` may have corrupted the image, the message says how to send it. */
export function withCurlHint(request: Request, failure: unknown): unknown {
  const isFormType = request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded");
  if (!isFormType || !isProgImageError(failure) || !UNREADABLE_CODES.has(failure.code)) return failure;
  const hint = "curl -d leaves bytes out of a file: send it by --data-binary @file, or by -F file=@file";
  return new ProgImageError(failure.code, `${failure.message}; ${hint}`, {
    cause: failure.cause,
    details: failure.details,
  });
}
