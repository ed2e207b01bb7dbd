import { type AccessKey, isProgImageError, isValidKey, ProgImageError, type Scope } from "@progimage/core";
import { Refusal } from "../../http/refusal.ts";
import { completeTarget, pathOf, replaceTarget, targetOf } from "../../http/request_target.ts";
import type { Caller } from "../caller.ts";
import type { Recogniser } from "../recogniser.ts";
import { builtInKey, type SigningKey } from "./built_in_key.ts";
import { hasSignature, purposeOf, type SignedTarget, splitSignature } from "./signed_target.ts";
import { SIGNATURE_SCOPES } from "./signature_scopes.ts";
import type { Signatures } from "./signatures.ts";
import { type Purpose, tokenIdOf } from "./signing_secret.ts";

/** Options for {@linkcode createSignatureRecogniser}. */
export interface SignatureRecogniserOptions {
  readonly signatures: Pick<Signatures, "recall" | "verify">;
  /** Returns a key, also one that is revoked or has expired. Throws or rejects with `unavailable` while it is unknown. */
  readonly findKey: (id: string) => AccessKey | null | Promise<AccessKey | null>;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
}

/** The longest time until the end of an upload token, in seconds: a week. Used tokens stay on record for longer. */
export const LONGEST_TOKEN_SECONDS = 604_800;

/** The paths at which an upload token can be used. */
export const TOKEN_PATHS: ReadonlySet<string> = new Set(["/images"]);

/**
 * Returns the recogniser of signed URLs and upload tokens. A signature allows only what its key may do now, and only its one request. The
 * verified URL loses its signature, so that routes and caches see the verified part alone, and the log has no URL that others could use.
 */
export function createSignatureRecogniser(options: SignatureRecogniserOptions): Recogniser {
  return (request) => {
    completeTarget(request);
    const target = targetOf(request);
    if (!hasSignature(target)) return null;
    const signed = options.signatures.recall(target) ?? splitSignature(target);
    if (!signed) return malformed();
    const key = findSigningKey(signed.kid, options);
    if (key instanceof Promise)
      return key.then((found) => admit(request, signed, { ...options, key: found }));
    return admit(request, signed, { ...options, key });
  };
}

/** The key of a signature; `null` if it is not valid now; or the reason why it is unknown. */
type FoundKey = ProgImageError | SigningKey | null;

interface KeyedOptions extends SignatureRecogniserOptions {
  readonly key: FoundKey;
}

function admit(
  request: Request,
  signed: SignedTarget,
  { key, now, signatures }: KeyedOptions,
): Caller | ProgImageError | Refusal {
  if (key instanceof Error) return key;
  const { method } = request;
  const purpose = purposeOf(method);
  if (purpose === null || !key || !signatures.verify(method, signed)) return refused("is not valid");
  const { bare, exp, kid, sig } = signed;
  const seconds = now() / 1000;
  if (exp !== null && seconds >= exp) return refused("has expired");
  const scopes = scopesOf(key, purpose);
  const expiresAt = exp === null ? null : exp * 1000;
  const caller = { tenant: key.owner, scopes, keyId: kid };
  if (purpose === "url") {
    replaceTarget(request, bare);
    return { ...caller, by: "signature", signature: { id: null, expiresAt } };
  }
  if (!TOKEN_PATHS.has(pathOf(request))) return refused("is not valid at this path");
  if (exp === null || exp - seconds > LONGEST_TOKEN_SECONDS)
    return refused(`must end within ${LONGEST_TOKEN_SECONDS} seconds`);
  if (scopes.size === 0) return refused("is by a key without the scope images:create");
  replaceTarget(request, bare);
  return { ...caller, by: "token", signature: { id: tokenIdOf(sig), expiresAt } };
}

const knownScopes = new WeakMap<SigningKey, Partial<Record<Purpose, ReadonlySet<Scope>>>>();

/** Returns the scopes of a key that its signatures can use. */
function scopesOf(key: SigningKey, purpose: Purpose): ReadonlySet<Scope> {
  const known = knownScopes.get(key) ?? {};
  const scopes =
    known[purpose] ?? new Set(key.scopes.filter((scope) => SIGNATURE_SCOPES[purpose].has(scope)));
  if (!known[purpose]) knownScopes.set(key, { ...known, [purpose]: scopes });
  return scopes;
}

/** Returns the key of a signature if it is valid now, or `null`. */
function findSigningKey(
  kid: string,
  { findKey, now }: SignatureRecogniserOptions,
): FoundKey | Promise<FoundKey> {
  const builtIn = builtInKey(kid);
  if (builtIn) return builtIn;
  return settle(
    () => findKey(kid),
    (key) => (key && isValidKey(key, now()) ? key : null),
  );
}

/** Continues without waiting where that is possible, as most keys are remembered. An expected failure is a result. */
function settle<T>(find: () => T | Promise<T>, next: (value: T) => FoundKey): FoundKey | Promise<FoundKey> {
  try {
    const found = find();
    return found instanceof Promise ? found.then(next, failureOf) : next(found);
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): ProgImageError {
  if (isProgImageError(error)) return error;
  throw error;
}

function malformed(): Refusal {
  return refused("must be its last parameters, exp (which URLs can leave out), kid and sig, each once");
}

/** It tells only owners of a valid signature why it is refused. */
function refused(reason: string): Refusal {
  return new Refusal("forbidden", `Cannot answer as the signature of the URL ${reason}`);
}
