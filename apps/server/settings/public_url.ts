import type { Config } from "./config.ts";

/** The settings that tell where callers reach the server. */
export type PublicSettings = Pick<Config, "host" | "publicUrl">;

/** Returns a URL at which programs on this machine reach a server on a port, or the public one. It has no trailing slash. */
export function publicUrlOf({ host, publicUrl }: PublicSettings, port: number): string {
  if (publicUrl) return publicUrl;
  const isOpen = host === "0.0.0.0" || host === "::";
  return `http://${isOpen ? "localhost" : host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Whether callers on other machines reach the server, under names that it does not know. */
export function hasUnknownUrl({ host, publicUrl }: PublicSettings): boolean {
  return !publicUrl && (host === "0.0.0.0" || host === "::");
}

/** Returns the beginning of links to a server on a port. It is empty if the URL is unknown: then links are paths. */
export function linkBaseOf(settings: PublicSettings, port: number): string {
  return hasUnknownUrl(settings) ? "" : publicUrlOf(settings, port);
}
