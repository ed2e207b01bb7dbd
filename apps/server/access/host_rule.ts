import type { Config } from "../settings/config.ts";
import { publicUrlOf } from "../settings/public_url.ts";
import { hostNameOf, isAddress } from "./host_name.ts";

/** The settings that say which hosts the server answers for. */
export type HostSettings = Pick<Config, "allowedHosts" | "host" | "port" | "publicUrl">;

/** Whether the server answers for a host. An `unusable` one is none. */
export type HostVerdict = "allowed" | "refused" | "unusable";

/** Texts that are remembered. A caller can write the port of an address in many ways. */
const CAPACITY = 256;

/**
 * Returns the rule that tells for which `Host` headers the server answers: addresses, names of this machine, the name in the
 * public URL, and the allowed names. Other names may belong to a page that lets its own name lead to this server.
 */
export function createHostRule(settings: HostSettings): (host: string) => HostVerdict {
  const isAllowed = allowedNames(settings);
  const allowed = new Set<string>();
  return (host) => {
    if (allowed.has(host)) return "allowed";
    const name = hostNameOf(host);
    if (name === null) return "unusable";
    if (!isAddress(name) && !isAllowed(name)) return "refused";
    if (allowed.size < CAPACITY) allowed.add(host);
    return "allowed";
  };
}

function allowedNames(settings: HostSettings): (name: string) => boolean {
  const { allowedHosts } = settings;
  if (allowedHosts.includes("*")) return () => true;
  const own = URL.parse(publicUrlOf(settings, settings.port));
  const names = new Set(["localhost", own && hostNameOf(own.host), ...allowedHosts]);
  // Browsers take all names below localhost for this machine. No one else can have one.
  const endings = [".localhost", ...allowedHosts.filter(isWildcard).map((host) => host.slice(1))];
  return (name) => names.has(name) || endings.some((ending) => name.endsWith(ending));
}

function isWildcard(host: string): boolean {
  return host.startsWith("*.");
}
