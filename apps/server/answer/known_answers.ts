import type { StoredImage } from "@progimage/core";
import { LRUCache } from "lru-cache";
import { isNotModified } from "./conditions.ts";
import { deprecationHeaders } from "./deprecation.ts";
import {
  answerImage,
  answerNotModified,
  type ImageAnswer,
  type ImageBytes,
  type MoreHeaders,
} from "./image_answer.ts";
import { acceptClass } from "./negotiate_format.ts";
import { targetOf } from "../http/request_target.ts";

/** As what an image was seen: whatever changes of it, one of these does. */
type ImageVersion = Pick<StoredImage, "expiresAt" | "generation" | "id" | "revision">;

/** An answer that was given before, and on what it depends. */
export interface KnownAnswer {
  readonly answer: ImageAnswer;
  /** The image, and those that its recipe names, as they were. */
  readonly images: readonly ImageVersion[];
  /** Gives the bytes without waiting, from the image as it is now, or `null` where they must be looked for. */
  readonly recall: (image: StoredImage) => ImageBytes | null;
}

/** Options for {@linkcode KnownAnswers}. */
export interface KnownAnswersOptions {
  /** Gives an image as the catalog had it within the last second. */
  readonly recallImage: (id: string) => StoredImage | null;
  /** Asks the catalog. */
  readonly findImage: (id: string) => Promise<StoredImage | null>;
}

const CAPACITY = 10_000;

/** Longer paths are looked through each time: they must not fill our memory. */
const LONGEST_PATH = 1_024;

/** For so long an answer may be given without asking the cache of derivatives, which keeps what it is asked for. */
const LIFETIME_MILLISECONDS = 600_000;

const PATH_PREFIX = "/images/";

/**
 * The answers to URLs that were asked for before, from raw path and class of `Accept` header to headers and bytes, so that they
 * need not be parsed, planned and hashed again. The images are looked up in the catalog at most once a second.
 */
export class KnownAnswers {
  readonly #options: KnownAnswersOptions;
  readonly #known = new LRUCache<string, KnownAnswer>({ max: CAPACITY, ttl: LIFETIME_MILLISECONDS });

  constructor(options: KnownAnswersOptions) {
    this.#options = options;
  }

  /** Remembers the answer to a request. */
  remember(request: Request, known: KnownAnswer): void {
    const path = targetOf(request);
    if (path.length > LONGEST_PATH || known.images.some(({ expiresAt }) => expiresAt !== null)) return;
    const isNegotiated = "vary" in known.answer.headers;
    // Images can bring much more than their versions.
    const images = known.images.map(versionOf);
    const answer = withHeaders(known.answer, deprecationHeaders(request));
    this.#known.set(isNegotiated ? negotiatedKey(path, request) : path, { ...known, answer, images });
  }

  /** Answers a request, at once where that is possible, or gives `null` for one that has to go the long way. */
  answer(request: Request, more: MoreHeaders): Response | Promise<Response | null> | null {
    const { method } = request;
    const path = targetOf(request);
    if (!path.startsWith(PATH_PREFIX) || (method !== "GET" && method !== "HEAD")) return null;
    let key = path;
    let known = this.#known.get(key);
    if (!known) {
      key = negotiatedKey(path, request);
      known = this.#known.get(key);
    }
    if (!known) return null;
    const found = known.images.map(({ id }) => this.#options.recallImage(id));
    if (!found.includes(null)) return this.#answerIfSame(request, { key, known, found, more });
    return this.#answerAfterLook(request, { key, known, more });
  }

  async #answerAfterLook(
    request: Request,
    { key, known, more }: { readonly key: string; readonly known: KnownAnswer; readonly more: MoreHeaders },
  ): Promise<Response | null> {
    const found = await Promise.all(known.images.map(({ id }) => this.#options.findImage(id)));
    return this.#answerIfSame(request, { key, known, found, more });
  }

  #answerIfSame(
    request: Request,
    { key, known, found, more }: Recalled,
  ): Response | Promise<Response> | null {
    if (!known.images.every((image, index) => isSame(image, found[index] ?? null))) {
      this.#known.delete(key);
      return null;
    }
    const { answer } = known;
    if (isNotModified(request, answer)) return answerNotModified(answer, more);
    const [image] = found;
    const bytes = image && known.recall(image);
    if (!bytes) {
      this.#known.delete(key);
      return null;
    }
    return answerImage(request, answer, bytes, more);
  }
}

/** Those that the request has brought about, as it uses what is deprecated. */
function withHeaders(answer: ImageAnswer, more: MoreHeaders): ImageAnswer {
  if (Object.keys(more).length === 0) return answer;
  const { headers, notModifiedHeaders } = answer;
  return {
    ...answer,
    headers: { ...headers, ...more },
    notModifiedHeaders: { ...notModifiedHeaders, ...more },
  };
}

interface Recalled {
  readonly key: string;
  readonly known: KnownAnswer;
  readonly found: readonly (StoredImage | null)[];
  readonly more: MoreHeaders;
}

function versionOf({ expiresAt, generation, id, revision }: ImageVersion): ImageVersion {
  return { expiresAt, generation, id, revision };
}

function isSame(one: ImageVersion, other: ImageVersion | null): boolean {
  return other !== null && one.revision === other.revision && one.generation === other.generation;
}

function negotiatedKey(path: string, { headers }: Request): string {
  return `${path} ${acceptClass(headers.get("accept"))}`;
}
