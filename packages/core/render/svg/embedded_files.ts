import { readTags } from "./svg_tags.ts";

const DATA_URI_REGEXP = /^\s*data:([^,]*),/i;
/** Style sheets and attributes can also refer to other documents. */
const STYLE_URL_REGEXP = /url\(\s{0,9}(?:&quot;|["'])?\s{0,9}(data:[^"')]*)/gi;

/** Yields the bytes of each file that an SVG embeds as a `data:` URI. */
export function* embeddedFiles(svg: string): Generator<Buffer> {
  for (const tag of readTags(svg)) {
    const file = decodeDataUri(tag?.attributes.get("href") ?? "");
    if (file) yield file;
  }
  for (const [, uri = ""] of svg.matchAll(STYLE_URL_REGEXP)) {
    const file = decodeDataUri(uri);
    if (file) yield file;
  }
}

/** Returns the bytes of a `data:` URI, or `null` for any other URI. @see https://www.rfc-editor.org/rfc/rfc2397 */
function decodeDataUri(uri: string): Buffer | null {
  const [beginning, header = ""] = DATA_URI_REGEXP.exec(uri) ?? [];
  if (beginning === undefined) return null;
  const [content = ""] = uri.slice(beginning.length).split("#");
  const bytes = decodePercents(content);
  return /;\s*base64\s*$/i.test(header) ? Buffer.from(bytes.toString("latin1"), "base64") : bytes;
}

function decodePercents(text: string): Buffer {
  if (!text.includes("%")) return Buffer.from(text);
  const decoded = text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(decoded, "latin1");
}
