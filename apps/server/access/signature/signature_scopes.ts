import type { Scope } from "@progimage/core";
import type { Purpose } from "./signing_secret.ts";

/** The scopes that a signature can use. URLs end up in logs and histories: they carry no right to administer or to change something. */
export const SIGNATURE_SCOPES: Readonly<Record<Purpose, ReadonlySet<Scope>>> = {
  url: new Set<Scope>(["images:read", "jobs:write", "recipes:run"]),
  upload: new Set<Scope>(["images:create"]),
};
