import { type Delivery, type Scope, SCOPES } from "@progimage/core";

/** The evidence by which a caller was recognised. A `stranger` gave none; `open` needs none. */
export type Evidence = "jwt" | "key" | "open" | "signature" | "stranger" | "token";

/** The sender of a request, as the door has recognised it. */
export interface Caller {
  /** The tenant on whose data the request works. Empty for the first tenant, which every installation has. */
  readonly tenant: string;
  /** The delivery that its tenant has chosen. Without it, the setting of the server counts. */
  readonly delivery?: Delivery;
  readonly scopes: ReadonlySet<Scope>;
  readonly by: Evidence;
  /** The id of its key, or of the key that signed the URL; `null` if there is none. */
  readonly keyId: string | null;
  /** Only if a signature is the evidence. */
  readonly signature?: CallerSignature;
}

/** The signature by which a caller was recognised. */
export interface CallerSignature {
  /** Identifies an upload token in records, and does not contain it; `null` for a signed URL. */
  readonly id: string | null;
  /** When it ends, in milliseconds since 1970; `null` if never. */
  readonly expiresAt: number | null;
  /** The path and the query without it, which are all that caches, routes and the log see. */
  readonly bare: string;
}

/** A caller without a right. */
export const STRANGER: Caller = { tenant: "", scopes: new Set(), by: "stranger", keyId: null };

/** The caller of every request in mode `open`. */
export const OPEN_CALLER: Caller = {
  tenant: "",
  scopes: new Set(SCOPES),
  by: "open",
  keyId: null,
};
