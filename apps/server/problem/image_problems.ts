import type { ProblemKind } from "./problem_kind.ts";

/** Problems of images and their sources. */
export const IMAGE_PROBLEMS = {
  source_refused: {
    status: 403,
    title: "Images are not fetched from there",
    meaning: "The server does not fetch from this URL, nor send webhooks to it.",
    cause: "An address that is not public, or a host that the operator has not allowed.",
    remedy: "Send the bytes instead, or ask the operator to allow the host by `PROGIMAGE_FETCH_ALLOW_HOSTS`.",
    retryable: false,
  },
  source_not_found: {
    status: 422,
    title: "The source has no such image",
    meaning: "The host of the URL answered that it has nothing there.",
    cause: "A wrong or outdated URL.",
    remedy: "Correct the URL.",
    retryable: false,
  },
  source_unreachable: {
    status: 502,
    title: "The source does not give its bytes",
    meaning: "The bytes behind the URL did not come, or not all of them.",
    cause: "A host that is down, slow or overloaded, or a connection that broke.",
    remedy: "Try again later.",
    retryable: true,
  },
  too_large: {
    status: 413,
    title: "Too many bytes",
    meaning: "The body, a file or a source has more bytes or entries than the server takes.",
    cause: "A file above the `limit`.",
    remedy: "Send fewer or smaller files. `GET /` lists the limits of the server.",
    retryable: false,
  },
  unsupported_media: {
    status: 415,
    title: "Not an image that can be read",
    meaning: "The bytes are no image, or one of a format, or a kind of a format, that is not read.",
    cause: "A document, a video, a format such as HEIC, or a JPEG of 12 bits a channel.",
    remedy: "Convert the file to a format that `known` lists. `detail` names a kind that is not read.",
    retryable: false,
  },
  broken_image: {
    status: 422,
    title: "The image is broken",
    meaning: "The format is known, but the pixels cannot be decoded.",
    cause: "A file that was cut or damaged before it was sent.",
    remedy: "Send the file again from its origin, or write it anew with an image editor.",
    retryable: false,
  },
  too_many_pixels: {
    status: 422,
    title: "Too many pixels",
    meaning:
      "The image, a step or the result has more pixels or frames, or longer sides, than the server allows.",
    cause: "A very large original, or a size in the recipe that is too large.",
    remedy: "Ask for a smaller result, or send a smaller image. `limit` is the bound.",
    retryable: false,
  },
  does_not_fit: {
    status: 422,
    title: "Not possible in so few bytes",
    meaning: "The result has more bytes than `maxBytes` allows, even at the lowest quality.",
    cause: "A bound that is too small for the size of the picture.",
    remedy: "Allow `smallest` bytes, or ask for a smaller picture or another format.",
    retryable: false,
  },
  too_costly: {
    status: 422,
    title: "This costs too much",
    meaning:
      "The work takes more CPU time or memory than the server spends on one result, or has crashed its process twice.",
    cause: "Many costly steps on a large image, or a file that is made to be costly.",
    remedy: "Shrink the image in the first step, or leave steps out.",
    retryable: false,
  },
  damaged: {
    status: 500,
    title: "The stored bytes are damaged",
    meaning: "The stored bytes of the image rotted, were cut or lost. `sha256` names them.",
    cause: "A failing disk.",
    remedy: "Upload the same file again: that heals every image with these bytes.",
    retryable: false,
  },
} as const satisfies Readonly<Record<string, ProblemKind>>;
