import type { Config } from "./config.ts";

/** Returns the URL at which callers reach a server on a port, without a trailing slash. */
export function publicUrlOf({ host, publicUrl }: Pick<Config, "host" | "publicUrl">, port: number): string {
  if (publicUrl) return publicUrl;
  const isAnywhere = host === "0.0.0.0" || host === "::";
  return `http://${isAnywhere ? "localhost" : host.includes(":") ? `[${host}]` : host}:${port}`;
}
