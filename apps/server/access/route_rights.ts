import type { Scope } from "@progimage/core";

/**
 * The right that a route needs. `free` needs none. `delivery` is decided by the image and its recipe. Of a list of scopes the caller needs
 * one. Where the body decides which, the route asks for it.
 */
export type RouteRight = "delivery" | "free" | ScopeRight;

/** The scopes that a route needs: one, one of several, or all of several. */
export type ScopeRight = Scope | readonly Scope[] | { readonly allOf: readonly Scope[] };

/** The right of each route, by its method and path. `HEAD` counts as `GET`. */
export const ROUTE_RIGHTS: Readonly<Record<string, RouteRight>> = {
  "GET /": "free",
  "GET /healthz": "free",
  "GET /readyz": "free",
  "GET /problems": "free",
  "GET /problems/:code": "free",
  "GET /swagger": "free",
  "GET /swagger/json": "free",
  "GET /swagger/start.js": "free",
  "GET /swagger/:asset": "free",
  "GET /transforms": "free",
  "GET /transforms/:name": "free",

  "GET /images/:id": "delivery",
  "GET /images": "images:read",
  "GET /images/count": "images:read",
  "GET /images/deleted": "images:read",
  "GET /images/:id/info": "images:read",
  "POST /images": "images:create",
  "POST /images/batch": "images:create",
  // The answers to these have the whole description, also of a private image.
  "PATCH /images/:id": { allOf: ["images:write", "images:read"] },
  "PATCH /images/:id/info": { allOf: ["images:write", "images:read"] },
  "POST /images/:id/restore": { allOf: ["images:delete", "images:read"] },
  "DELETE /images/:id": "images:delete",
  "POST /images/:id/erase": "images:delete",
  "POST /images/bulk": ["images:read", "images:write", "images:delete"],

  "DELETE /images/:id/derivatives": "images:write",
  "POST /purge": ["images:write", "admin"],

  "GET /presets": ["images:read", "recipes:run"],
  "GET /presets/:name": ["images:read", "recipes:run"],
  "POST /recipes": "recipes:run",
  "POST /render": "recipes:run",
  "POST /transforms/:name": "recipes:run",
  "POST /archives": "recipes:run",

  "POST /images/import": "exchange",
  "GET /jobs": "jobs:write",
  "POST /jobs": "jobs:write",
  "GET /jobs/:id": "jobs:write",
  "DELETE /jobs/:id": "jobs:write",
  "GET /jobs/:id/events": "jobs:write",
  "GET /jobs/:id/items": "jobs:write",
  "GET /jobs/:id/results.zip": "jobs:write",
  "POST /jobs/:id/cancel": "jobs:write",
  "POST /jobs/:id/retry": "jobs:write",
  "POST /jobs/:id/webhook": "jobs:write",

  "GET /keys": "admin",
  "POST /keys": "admin",
  "POST /keys/:id/revoke": "admin",
  "POST /sign": ["images:read", "images:create"],

  "GET /tenants": "server",
  "POST /tenants": "server",
  "GET /tenants/:id": "server",
  "PATCH /tenants/:id": "server",
  "DELETE /tenants/:id": "server",
  "GET /usage": "admin",
  "GET /webhook-secrets": "admin",
};

/** Returns the scopes that a caller lacks, of which it needs one; empty if it has the right. */
export function missingScopes(right: ScopeRight, scopes: ReadonlySet<Scope>): readonly Scope[] {
  if (typeof right === "object" && "allOf" in right)
    return right.allOf.filter((scope) => !scopes.has(scope)).slice(0, 1);
  const accepted = typeof right === "string" ? [right] : right;
  return accepted.some((scope) => scopes.has(scope)) ? [] : accepted;
}

interface Pattern {
  readonly method: string;
  readonly parts: readonly string[];
  readonly right: RouteRight;
}

const PATTERNS: readonly Pattern[] = Object.entries(ROUTE_RIGHTS)
  .filter(([route]) => route.includes(":"))
  .map(([route, right]) => {
    const [method = "", path = ""] = route.split(" ");
    return { method, parts: path.split("/"), right };
  });

/** Almost all requests are for images: they are matched first. */
const DELIVERY_REGEXP = /^\/images\/(?!(?:count|deleted)$)[^/]+$/;

/** Returns the right that a request needs, or `null` if no route has its method and path. A path without a variable goes first. */
export function rightOf(method: string, path: string): RouteRight | null {
  const asked = method === "HEAD" ? "GET" : method;
  if (asked === "GET" && DELIVERY_REGEXP.test(path)) return "delivery";
  const route = `${asked} ${path}`;
  if (Object.hasOwn(ROUTE_RIGHTS, route)) return ROUTE_RIGHTS[route] ?? null;
  const given = path.split("/");
  const isMatch = ({ method, parts }: Pattern) =>
    method === asked &&
    parts.length === given.length &&
    parts.every((part, index) => (part.startsWith(":") ? given[index] !== "" : part === given[index]));
  return PATTERNS.find(isMatch)?.right ?? null;
}
