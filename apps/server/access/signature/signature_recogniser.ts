import { type AccessKey, isValidKey, type Scope } from "@progimage/core";
import { Refusal } from "../../http/refusal.ts";
import { completeTarget, pathOf, targetOf } from "../../http/request_target.ts";
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
  /** Returns a key, also one that is revoked or has expired. Rejects with `unavailable` while it is unknown. */
  readonly findKey: (id: string) => AccessKey | null | Promise<AccessKey | null>;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
}

/** The longest time until the end of an upload token, in seconds: a week. Used tokens stay on record for longer. */
export const LONGEST_TOKEN_SECONDS = 604_800;

/** The paths at which an upload token can be used. */
export const TOKEN_PATHS: ReadonlySet<string> = new Set(["/images"]);

/**
 * Returns the recogniser of signed URLs and upload tokens. A signature allows only what its key may do now, and only its one request. Its
 * caller has the URL without the signature, for routes, caches and the log: they see the verified part alone, and nothing to use again.
 */
export function createSignatureRecogniser(options: SignatureRecogniserOptions): Recogniser {
  const { findKey, now, signatures } = options;
  return (request) => {
    completeTarget(request);
    const target = targetOf(request);
    if (!hasSignature(target)) return null;
    const signed = signatures.recall(target) ?? splitSignature(target);
    if (!signed) return malformed();
    const purpose = purposeOf(request.method);
    // Before the look-up: a forged signature costs the database nothing.
    if (purpose === null || !signatures.verify(request.method, signed)) return refused("is not valid");
    const judge = (key: AccessKey | null) => {
      if (!key || !isValidKey(key, now())) return refused("is not valid");
      return admit(request, signed, { key, purpose, now: now() });
    };
    const builtIn = builtInKey(signed.kid);
    if (builtIn) return admit(request, signed, { key: builtIn, purpose, now: now() });
    const found = findKey(signed.kid);
    return found instanceof Promise ? found.then(judge) : judge(found);
  };
}

/** The parts that {@linkcode admit} needs besides a signature. */
interface Admitted {
  readonly key: SigningKey;
  readonly purpose: Purpose;
  /** In milliseconds since 1970. */
  readonly now: number;
}

/** Judges a genuine signature of a key that is valid now. */
function admit(request: Request, signed: SignedTarget, { key, now, purpose }: Admitted): Caller | Refusal {
  const { bare, exp, kid, sig } = signed;
  const seconds = now / 1000;
  if (exp !== null && seconds >= exp) return refused("has expired");
  if (purpose === "url") return urlCaller(signed, key);
  const scopes = scopesOf(key, purpose);
  if (!TOKEN_PATHS.has(pathOf(request))) return refused("is not valid at this path");
  if (exp === null || exp - seconds > LONGEST_TOKEN_SECONDS)
    return refused(`must end within ${LONGEST_TOKEN_SECONDS} seconds`);
  if (scopes.size === 0) return refused("is by a key without the scope images:create");
  const signature = { id: tokenIdOf(sig), expiresAt: exp * 1000, bare };
  return { tenant: key.owner, scopes, keyId: kid, by: "token", signature };
}

/** The callers of remembered URLs, with the reading of the key that they come from. A later reading is another object. */
const urlCallers = new WeakMap<SignedTarget, { readonly key: SigningKey; readonly caller: Caller }>();

function urlCaller(signed: SignedTarget, key: SigningKey): Caller {
  const known = urlCallers.get(signed);
  if (known?.key === key) return known.caller;
  const { bare, exp, kid } = signed;
  const signature = { id: null, expiresAt: exp === null ? null : exp * 1000, bare };
  const scopes = scopesOf(key, "url");
  const caller: Caller = { tenant: key.owner, scopes, keyId: kid, by: "signature", signature };
  urlCallers.set(signed, { key, caller });
  return caller;
}

function scopesOf({ scopes }: SigningKey, purpose: Purpose): ReadonlySet<Scope> {
  return new Set(scopes.filter((scope) => SIGNATURE_SCOPES[purpose].has(scope)));
}

function malformed(): Refusal {
  return refused("must be its last parameters, exp (which URLs can leave out), kid and sig, each once");
}

/** It tells only owners of a valid signature why it is refused. */
function refused(reason: string): Refusal {
  return new Refusal("forbidden", `Cannot answer as the signature of the URL ${reason}`);
}
