import type { Config } from "../settings/config.ts";

/** The settings that list the origins whose pages may change something. */
export type OriginSettings = Pick<Config, "corsOrigins" | "publicUrl">;

/**
 * Returns the rule that tells whether a request comes from a page of another origin. Pages of the server itself, origins that are
 * listed by name, and programs other than browsers pass.
 *
 * @see https://fetch.spec.whatwg.org/#origin-header
 * @see https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
export function createOriginRule(settings: OriginSettings): (headers: Headers) => boolean {
  const { corsOrigins, publicUrl } = settings;
  const listed = new Set(corsOrigins.filter((origin) => origin !== "*"));
  const own = URL.parse(publicUrl)?.origin;
  return (headers) => {
    const origin = headers.get("origin");
    if (origin !== null && listed.has(origin)) return false;
    if (headers.get("sec-fetch-site") === "cross-site") return true;
    return origin !== null && origin !== own && !isOfHost(origin, headers.get("host"));
  };
}

/** Whether an origin belongs to a host. A proxy may have terminated TLS, or have written the default port. */
function isOfHost(origin: string, host: string | null): boolean {
  if (origin === `http://${host}` || origin === `https://${host}`) return true;
  const url = host === null ? null : URL.parse(origin);
  return (
    url !== null && /^https?:$/.test(url.protocol) && URL.parse(`${url.protocol}//${host}`)?.host === url.host
  );
}
