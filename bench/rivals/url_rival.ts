import { basename } from "node:path";

/** Another image server, and the URL of a picture on it. */
export interface UrlRival {
  readonly name: string;
  /** A URL with the placeholders {width}, {height}, {format}, {quality} and {url}. */
  readonly template: string;
}

const PLACEHOLDER_REGEXP = /\{(\w+)\}/g;

/** The values of the placeholders. */
export type UrlRivalValues = Readonly<
  Record<"width" | "height" | "format" | "quality" | "url", string | number>
>;

/** Reads `NAME=URL_TEMPLATE`. */
export function readUrlRival(text: string): UrlRival {
  const [, name, template] = /^([^=]+)=(https?:\/\/.+)$/.exec(text) ?? [];
  if (!name || !template)
    throw new Error(`Cannot read rival as it must be NAME=URL_TEMPLATE: it is "${text}"`);
  if (!template.includes("{url}"))
    throw new Error(`Cannot read rival as its template must have {url}: ${template}`);
  return { name, template };
}

/** Returns the URL of a rival's picture: an origin and a path. */
export function rivalUrl({ template }: UrlRival, values: UrlRivalValues): URL {
  const known = new Map<string, string | number>(Object.entries(values));
  return new URL(
    template.replaceAll(PLACEHOLDER_REGEXP, (_, name: string) => {
      const value = known.get(name);
      if (value === undefined)
        throw new Error(`Cannot fill {${name}} of ${template}: known are ${[...known.keys()].join(", ")}`);
      return encodeURIComponent(value);
    }),
  );
}

/** Files over loopback HTTP, for servers that fetch their originals. */
export interface FileServer extends Disposable {
  readonly urlOf: (path: string) => string;
}

/** Serves files, each under its name. */
export function serveFiles(paths: readonly string[]): FileServer {
  const byName = new Map(paths.map((path) => [basename(path), path]));
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const path = byName.get(decodeURIComponent(new URL(request.url).pathname.slice(1)));
      return path ? new Response(Bun.file(path)) : new Response("not found", { status: 404 });
    },
  });
  return {
    urlOf: (path) => `http://127.0.0.1:${server.port}/${encodeURIComponent(basename(path))}`,
    [Symbol.dispose]: () => void server.stop(true),
  };
}
