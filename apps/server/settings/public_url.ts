import type { Config } from "./config.ts";

/** Gives the URL under which callers reach a server that listens on a port, without a slash at its end. */
export function publicUrlOf({ host, publicUrl }: Pick<Config, "host" | "publicUrl">, port: number): string {
  if (publicUrl) return publicUrl;
  const isAnywhere = host === "0.0.0.0" || host === "::";
  return `http://${isAnywhere ? "localhost" : host.includes(":") ? `[${host}]` : host}:${port}`;
}
