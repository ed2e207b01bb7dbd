/**
 * Returns a URL as a source, which the server fetches.
 *
 * @throws {TypeError} if it is not an http or https URL
 */
export function fromUrl(url: string | URL): URL {
  const address = URL.canParse(url) ? new URL(url) : null;
  if (address && /^https?:$/.test(address.protocol)) return address;
  throw new TypeError(`Cannot fetch an image from ${JSON.stringify(String(url))}: it must be an http(s) URL`);
}
