import type { StoredImage } from "@progimage/core";
import { LRUCache } from "lru-cache";
import { judgeConditions } from "./conditions.ts";
import { deprecationHeaders } from "./deprecation.ts";
import {
  answerImage,
  answerNotModified,
  type ImageAnswer,
  type ImageBytes,
  type MoreHeaders,
} from "./image_answer.ts";
import type { Caller } from "../access/caller.ts";
import { type DeliveryRight, hasRight } from "../access/delivery_rule.ts";
import { acceptClass } from "./accepted_formats.ts";
import { contextOf } from "../http/request_context.ts";
import { targetOf } from "../http/request_target.ts";
import { signedHeaders } from "./signed_headers.ts";

/** The version of an image: each change of it changes one of these fields. */
type ImageVersion = Pick<StoredImage, "expiresAt" | "generation" | "id" | "revision">;

/** A cached answer and its dependencies. */
export interface KnownAnswer {
  readonly answer: ImageAnswer;
  /** The image and those in its recipe, in the versions of the answer. */
  readonly images: readonly ImageVersion[];
  /** The right that the answer needs. */
  readonly right: DeliveryRight;
  /** Returns the bytes without waiting, from the current image, or `null` if they must be looked up. */
  readonly recall: (image: StoredImage) => ImageBytes | null;
}

/** Options for {@linkcode KnownAnswers}. */
export interface KnownAnswersOptions {
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
  /** Seconds for which callers may keep the answer to a signed URL. */
  readonly signedMaxAge: number;
  /** Returns an image as the catalog had it within the last second. */
  readonly recallImage: (id: string, owner: string) => StoredImage | null;
  /** Looks the image up in the catalog. */
  readonly findImage: (id: string, owner: string) => Promise<StoredImage | null>;
}

const CAPACITY = 10_000;

/** Longer paths are not cached: they must not fill our memory. */
const LONGEST_PATH = 1_024;

/** The lifetime of an entry. Then the derivative cache is asked again, because it keeps only entries that are asked for. */
const LIFETIME_MILLISECONDS = 600_000;

const PATH_PREFIX = "/images/";

/**
 * Caches answers with their headers and bytes, by tenant, raw path and class of the `Accept` header. Cached requests need not be parsed,
 * planned and hashed again. Images are looked up in the catalog at most once a second. A caller without the right of an answer does not
 * get it.
 */
export class KnownAnswers {
  readonly #options: KnownAnswersOptions;
  readonly #known = new LRUCache<string, KeptAnswer>({ max: CAPACITY, ttl: LIFETIME_MILLISECONDS });

  constructor(options: KnownAnswersOptions) {
    this.#options = options;
  }

  /** Caches the answer to a request. */
  remember(request: Request, known: KnownAnswer): void {
    const path = targetOf(request);
    if (path.length > LONGEST_PATH || known.images.some(({ expiresAt }) => expiresAt !== null)) return;
    const isNegotiated = /\baccept\b/i.test(known.answer.headers["vary"] ?? "");
    // The records of images can be much larger than their versions.
    const images = known.images.map(versionOf);
    const answer = builtAnswer(known.answer, deprecationHeaders(request));
    const key = keyOf(contextOf(request).caller, path);
    this.#known.set(isNegotiated ? negotiatedKey(key, request) : key, {
      ...known,
      answer,
      images,
      signedAnswer: null,
    });
  }

  /** Answers a request from the cache, immediately if possible. Returns `null` on a cache miss. */
  answer(request: Request, more: MoreHeaders, caller: Caller): Response | Promise<Response | null> | null {
    const { method } = request;
    const path = caller.signature?.bare ?? targetOf(request);
    if (!path.startsWith(PATH_PREFIX) || (method !== "GET" && method !== "HEAD")) return null;
    const plain = keyOf(caller, path);
    let key = plain;
    let known = this.#known.get(key);
    if (!known) {
      key = negotiatedKey(plain, request);
      known = this.#known.get(key);
    }
    // The route refuses a caller without the right.
    if (!known || !hasRight(caller, known.right)) return null;
    const found = known.images.map(({ id }) => this.#options.recallImage(id, caller.tenant));
    if (!found.includes(null)) return this.#answerIfSame(request, { key, known, found, more, caller });
    return this.#answerAfterLook(request, { key, known, more, caller });
  }

  async #answerAfterLook(request: Request, recalled: Omit<Recalled, "found">): Promise<Response | null> {
    const { caller, known } = recalled;
    const found = await Promise.all(known.images.map(({ id }) => this.#options.findImage(id, caller.tenant)));
    return this.#answerIfSame(request, { ...recalled, found });
  }

  #answerIfSame(
    request: Request,
    { key, known, found, more, caller }: Recalled,
  ): Response | Promise<Response> | null {
    if (!known.images.every((image, index) => isSame(image, found[index] ?? null))) {
      this.#known.delete(key);
      return null;
    }
    const answer = caller.signature ? this.#signedAnswer(known, caller) : known.answer;
    const verdict = judgeConditions(request, answer);
    if (verdict === "failed") return null;
    if (verdict === "not_modified") return answerNotModified(answer, more);
    const [image] = found;
    const bytes = image && known.recall(image);
    if (!bytes) {
      this.#known.delete(key);
      return null;
    }
    return answerImage(request, answer, bytes, more);
  }

  /** Returns the answer to a signed URL. The last one is kept: most signatures are valid for longer than caches may keep it. */
  #signedAnswer(known: KeptAnswer, caller: Caller): ImageAnswer {
    const { now, signedMaxAge } = this.#options;
    const headers = signedHeaders(known.answer, caller, { now: now(), signedMaxAge });
    const kept = known.signedAnswer;
    if (kept && kept.headers["cache-control"] === headers["cache-control"]) return kept;
    const made = builtAnswer(known.answer, headers);
    known.signedAnswer = made;
    return made;
  }
}

/** Returns an answer with more headers, built to be sent repeatedly. */
function builtAnswer(answer: ImageAnswer, more: MoreHeaders): ImageAnswer {
  const headers = { ...answer.headers, ...more };
  const notModifiedHeaders = { ...answer.notModifiedHeaders, ...more };
  return { ...answer, headers, notModifiedHeaders, built: new Headers(headers) };
}

/** A cached answer with that to signed URLs, as it was sent last. */
interface KeptAnswer extends KnownAnswer {
  signedAnswer: ImageAnswer | null;
}

interface Recalled {
  readonly key: string;
  readonly known: KeptAnswer;
  readonly found: readonly (StoredImage | null)[];
  readonly more: MoreHeaders;
  readonly caller: Caller;
}

function versionOf({ expiresAt, generation, id, revision }: ImageVersion): ImageVersion {
  return { expiresAt, generation, id, revision };
}

function isSame(one: ImageVersion, other: ImageVersion | null): boolean {
  return other !== null && one.revision === other.revision && one.generation === other.generation;
}

/** The right that an answer needs follows from the delivery of its tenant, which can change. */
function keyOf({ tenant, delivery }: Caller, path: string): string {
  return tenant === "" ? path : `${tenant} ${delivery ?? ""}${path}`;
}

function negotiatedKey(path: string, { headers }: Request): string {
  return `${path} ${acceptClass(headers.get("accept"))}`;
}
