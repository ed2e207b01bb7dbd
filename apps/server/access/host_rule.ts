import { LRUCache } from "lru-cache";
import type { Config } from "../settings/config.ts";
import { publicUrlOf } from "../settings/public_url.ts";
import { hostNameOf, isAddress } from "./host_name.ts";

/** The settings that list the hosts of the server. */
export type HostSettings = Pick<Config, "allowedHosts" | "host" | "port" | "publicUrl">;

/** Whether the server answers for a host. An `unusable` header is malformed. */
export type HostVerdict = "allowed" | "refused" | "unusable";

/** The number of cached `Host` headers. A caller can write the port of an address in many ways. */
const CAPACITY = 1_000;

/**
 * Returns the rule for `Host` headers. The server answers for addresses, names of this machine, the name in the public URL, and the
 * allowed names. Any other name may be DNS rebinding: a page points its own name at this server.
 */
export function createHostRule(settings: HostSettings): (host: string) => HostVerdict {
  const isAllowed = allowedNames(settings);
  const allowed = new LRUCache<string, true>({ max: CAPACITY });
  return (host) => {
    if (allowed.get(host)) return "allowed";
    const name = hostNameOf(host);
    if (name === null) return "unusable";
    if (!isAddress(name) && !isAllowed(name)) return "refused";
    allowed.set(host, true);
    return "allowed";
  };
}

function allowedNames(settings: HostSettings): (name: string) => boolean {
  const { allowedHosts } = settings;
  if (allowedHosts.includes("*")) return () => true;
  const own = URL.parse(publicUrlOf(settings, settings.port));
  const names = new Set(["localhost", own && hostNameOf(own.host), ...allowedHosts]);
  // Browsers resolve all names below localhost to this machine, so no other host can have one.
  const endings = [".localhost", ...allowedHosts.filter(isWildcard).map((host) => host.slice(1))];
  return (name) => names.has(name) || endings.some((ending) => name.endsWith(ending));
}

function isWildcard(host: string): boolean {
  return host.startsWith("*.");
}
