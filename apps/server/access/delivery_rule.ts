import { type Delivery, type Presets, readQuery, type Scope } from "@progimage/core";
import { Refusal } from "../http/refusal.ts";
import type { Config } from "../settings/config.ts";
import type { Caller } from "./caller.ts";
import { refuseWithoutScope } from "./require_scope.ts";

/** The settings of delivery to callers without a key. */
export type DeliverySettings = Pick<Config, "access" | "delivery" | "publicOriginals">;

/** The use of an image by a URL. A `public_preset` is one that the operator has marked, with a format and nothing else. */
export type DeliveryUse = "original" | "preset" | "public_preset" | "recipe";

/** The right that an answer with an image needs. */
export interface DeliveryRight {
  /** Whether everyone may have it. */
  readonly isPublic: boolean;
  /** Whether a signed URL gives it. */
  readonly isSignable: boolean;
  /** The scopes that the key of a caller needs, or the key that has signed the URL. */
  readonly scopes: readonly Scope[];
}

/** Returns the right for a caller's use of an image, which may be private. */
export type DeliveryRule = (
  use: DeliveryUse,
  isPrivate: boolean,
  caller: Pick<Caller, "delivery">,
) => DeliveryRight;

/** The right in mode `open`. */
export const EVERYONE: DeliveryRight = { isPublic: true, isSignable: true, scopes: [] };

/** Returns the rule of delivery for a configuration. The tenant of a caller may have a delivery of its own. */
export function createDeliveryRule(settings: DeliverySettings): DeliveryRule {
  if (settings.access === "open") return () => EVERYONE;
  const open: Readonly<Record<Delivery, readonly DeliveryUse[]>> = {
    public: ["original", "preset", "public_preset", "recipe"],
    presets: settings.publicOriginals ? ["public_preset", "original"] : ["public_preset"],
    signed: [],
    private: [],
  };
  return (use, isPrivate, { delivery = settings.delivery }) => ({
    isPublic: !isPrivate && open[delivery].includes(use),
    isSignable: delivery !== "private",
    scopes: scopesFor(use, isPrivate),
  });
}

function scopesFor(use: DeliveryUse, isPrivate: boolean): readonly Scope[] {
  if (use !== "recipe") return ["images:read"];
  return isPrivate ? ["images:read", "recipes:run"] : ["recipes:run"];
}

/** The parts of the URL of an image that determine its use. */
export interface WantedImage {
  /** `null` if the URL has none. */
  readonly extension: string | null;
  readonly query: string;
}

/** Returns the use of an image by its URL. `v` and `download` change nothing in the bytes. */
export function deliveryUse({ extension, query }: WantedImage, presets: Presets): DeliveryUse {
  const [first, ...others] = readQuery(query).filter(([name]) => name !== "v" && name !== "download");
  if (!first) return extension === null ? "original" : "recipe";
  const [name, value] = first;
  if (name !== "preset" || others.length > 0) return "recipe";
  return extension !== null && presets.isPublic(value) ? "public_preset" : "preset";
}

/** Whether a caller has a right. */
export function hasRight({ by, scopes }: Caller, right: DeliveryRight): boolean {
  if (right.isPublic) return true;
  if (by === "signature" && !right.isSignable) return false;
  return by !== "stranger" && right.scopes.every((scope) => scopes.has(scope));
}

/** Returns the refusal of a caller without a right. */
export function refuseDelivery(caller: Caller, { isSignable, scopes }: DeliveryRight): Refusal {
  if (caller.by === "signature" && !isSignable)
    return new Refusal("forbidden", "Cannot answer a signed URL as PROGIMAGE_DELIVERY is private");
  return refuseWithoutScope(
    caller,
    scopes.filter((scope) => !caller.scopes.has(scope)),
  );
}
