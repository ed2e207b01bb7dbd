import { isProgImageError, type ProgImageError } from "@progimage/core";
import { errors, type JWTPayload, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import { Refusal } from "../../http/refusal.ts";
import type { Config } from "../../settings/config.ts";
import { bearerToken, isKeyText } from "../bearer_token.ts";
import type { Caller } from "../caller.ts";
import type { Recogniser } from "../recogniser.ts";
import { claimedScopes } from "./claimed_scopes.ts";
import { fetchKeySet } from "./fetch_key_set.ts";
import { RecentKeySet } from "./recent_key_set.ts";

/** The settings of JSON Web Tokens. */
export type JwtSettings = Pick<
  Config,
  "jwksUrl" | "jwtAudience" | "jwtIssuer" | "jwtScopesClaim" | "jwtTenantClaim"
>;

/** The parts that {@linkcode createJwtRecogniser} needs. */
export interface JwtRecogniserParts {
  /** Returns the time in milliseconds since 1970. */
  readonly now: () => number;
  /** Returns milliseconds of a monotonic clock. @default {performance.now} */
  readonly elapsed?: () => number;
  /** Called with the reason when the keys of the issuer cannot be fetched or used. */
  readonly onFailure: (reason: unknown) => void;
}

/** A token that was verified. */
interface Verified {
  readonly caller: Caller;
  /** Until when it counts without another look, in milliseconds since 1970. */
  readonly until: number;
}

const ALGORITHMS = ["RS256", "ES256", "EdDSA"];

/** The time for which a token is not verified again, in milliseconds. */
const MEMORY = 60_000;

/** The maximum number of remembered tokens. */
const CAPACITY = 10_000;

/** The seconds by which the clocks of the issuer and this server may differ. */
const TOLERANCE_SECONDS = 10;

/**
 * Returns the recogniser of `Authorization: Bearer` with a JSON Web Token. Its tenant and scopes are claims. A verified token is
 * remembered by its hash.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725
 */
export function createJwtRecogniser(settings: JwtSettings, parts: JwtRecogniserParts): Recogniser {
  const { now, onFailure, elapsed = () => performance.now() } = parts;
  const keySet = new RecentKeySet({ fetch: () => fetchKeySet(settings.jwksUrl), elapsed, onFailure });
  const verified = new LRUCache<string, Verified>({ max: CAPACITY });

  return ({ headers }) => {
    const token = bearerToken(headers.get("authorization") ?? "");
    if (token === null || isKeyText(token)) return null;
    const hash = new Bun.CryptoHasher("sha256").update(token).digest("base64url");
    const known = verified.get(hash);
    return known && now() < known.until ? known.caller : verify(token, hash);
  };

  async function verify(token: string, hash: string): Promise<Caller | ProgImageError | Refusal> {
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, keySet.find, {
        algorithms: ALGORITHMS,
        audience: settings.jwtAudience,
        issuer: settings.jwtIssuer,
        requiredClaims: ["exp"],
        clockTolerance: TOLERANCE_SECONDS,
        currentDate: new Date(now()),
      }));
    } catch (error) {
      if (isProgImageError(error)) return error;
      if (error instanceof errors.JOSEError) return invalidToken(reasonOf(error));
      // The issuer publishes a key that cannot be used, such as one that is too short.
      onFailure(error);
      return invalidToken("its key cannot be used");
    }
    const caller = callerOf(payload);
    if (caller instanceof Refusal) return caller;
    verified.set(hash, { caller, until: Math.min(now() + MEMORY, (payload.exp ?? 0) * 1000) });
    return caller;
  }

  function callerOf(payload: JWTPayload): Caller | Refusal {
    const claim = settings.jwtTenantClaim;
    const tenant = claim === "" ? "" : payload[claim];
    // An issuer may write an empty text for users without a tenant: they are not those of the first one.
    if (typeof tenant !== "string" || (claim !== "" && tenant === ""))
      return invalidToken(`it has no text as claim ${claim}`);
    return { tenant, scopes: claimedScopes(payload[settings.jwtScopesClaim]), by: "jwt", keyId: null };
  }
}

/** Returns why a token is invalid. No text of the token is repeated. */
function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return "it has expired";
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.reason === "missing"
      ? `it has no claim ${error.claim}`
      : `its claim ${error.claim} is another`;
  if (error instanceof errors.JOSEAlgNotAllowed)
    return `its algorithm must be one of ${ALGORITHMS.join(", ")}`;
  if (error instanceof errors.JWKSNoMatchingKey) return "its issuer has no such key";
  if (error instanceof errors.JWKSMultipleMatchingKeys) return "it must name its key by kid";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "its signature is wrong";
  return "it is malformed";
}

function invalidToken(found: string): Refusal {
  const message = `Cannot recognise the caller as its token must be valid: ${found}`;
  return new Refusal("unauthenticated", message, { details: { parameter: "Authorization" } });
}
