import type { CallOptions, Connection } from "../connection/connection.ts";
import type { Signed } from "../shapes.ts";
import { jsonDescription } from "../upload/image_description.ts";
import { askJson } from "./ask_json.ts";
import type { SignatureLife } from "./sign.ts";
import type { UploadTerms } from "./upload_token.ts";

/** Options for the signatures of a server. They end after ten minutes unless a time is given. */
export interface SignCallOptions extends CallOptions, SignatureLife {}

/** Has the server sign URLs, and returns them in their order. */
export async function askSignedUrls(
  connection: Connection,
  urls: readonly (string | URL)[],
  options: SignCallOptions,
): Promise<readonly string[]> {
  const { baseUrl } = connection;
  // A caller may reach the server under another URL than the public one, below which it signs.
  const texts = urls
    .map(String)
    .map((url) => (url.startsWith(`${baseUrl}/`) ? url.slice(baseUrl.length) : url));
  const signed = await askSigned(connection, { urls: texts }, options);
  return (signed.urls ?? []).map((url) => absolute(connection, url));
}

/** Has the server make an upload token. */
export async function askUploadToken(
  connection: Connection,
  { maxBytes, formats, once, ...description }: UploadTerms,
  options: SignCallOptions,
): Promise<string> {
  const upload = { maxBytes, formats, once, ...jsonDescription(description) };
  const { url = "" } = await askSigned(connection, { upload }, options);
  return absolute(connection, url);
}

async function askSigned(
  connection: Connection,
  wanted: object,
  { expiresAt, expiresIn, ...options }: SignCallOptions,
): Promise<Signed> {
  const json = { ...wanted, expiresAt, expiresIn };
  return await askJson(connection, "/sign", { method: "POST", json }, options);
}

/** A server that does not know its public URL gives paths. */
function absolute({ baseUrl }: Connection, url: string): string {
  return url.startsWith("/") ? baseUrl + url : url;
}
