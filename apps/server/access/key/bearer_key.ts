import { type AccessKey, hasHash, isValidKey, type KeyText, parseKeyText } from "@progimage/core";
import { LRUCache } from "lru-cache";
import { Refusal } from "../../http/refusal.ts";
import { bearerToken, isKeyText } from "../bearer_token.ts";
import type { Caller } from "../caller.ts";
import type { KeyDirectory } from "../key_directory.ts";
import type { Recogniser } from "../recogniser.ts";

/** A header with a right secret, the key of which was read at that time. */
interface Verified {
  readonly text: KeyText;
  readonly key: AccessKey;
  readonly caller: Caller;
}

/** The maximum number of remembered headers. Only right ones are remembered. */
const CAPACITY = 10_000;

/** Recognises callers by `Authorization: Bearer pi_…`. A header is verified again when its key was read again. */
export function createKeyRecogniser(directory: KeyDirectory, now: () => number): Recogniser {
  const seen = new LRUCache<string, Verified>({ max: CAPACITY });

  return ({ headers }, charge) => {
    const header = headers.get("authorization");
    if (header === null) return null;
    const verified = seen.get(header) ?? null;
    const text = verified?.text ?? readHeader(header);
    if (text === null || text instanceof Refusal) return text;
    const found = directory.find(text.id, charge);
    const judge = (key: AccessKey | null) => judgeKey(header, { key, text, verified });
    return found instanceof Promise ? found.then(judge) : judge(found);
  };

  function judgeKey(header: string, { key, text, verified }: Judged): Caller | Refusal {
    const isVerified = verified !== null && verified.key === key;
    if (!key || (!isVerified && !hasHash(text.secret, key.secretHash)))
      return invalidKey("there is no such key");
    if (!isValidKey(key, now()))
      return invalidKey(key.revokedAt === null ? "it has expired" : "it was revoked");
    if (isVerified) return verified.caller;
    directory.noteUse(key);
    const caller = callerOf(key);
    seen.set(header, { text, key, caller });
    return caller;
  }
}

/** A key that was found for a header. */
interface Judged {
  readonly key: AccessKey | null;
  readonly text: KeyText;
  readonly verified: Verified | null;
}

/** Returns the key in a header, `null` for another header, and a refusal for a misspelt key. */
function readHeader(header: string): KeyText | Refusal | null {
  const token = bearerToken(header);
  if (token === null || !isKeyText(token)) return null;
  return parseKeyText(token) ?? invalidKey("it is misspelt or incomplete");
}

function callerOf({ id, owner, scopes }: AccessKey): Caller {
  return { tenant: owner, scopes: new Set(scopes), by: "key", keyId: id };
}

function invalidKey(found: string): Refusal {
  return new Refusal("unauthenticated", `Cannot recognise the caller as its key must be valid: ${found}`, {
    details: { parameter: "Authorization" },
  });
}
