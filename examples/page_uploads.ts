import { join } from "node:path";
import { imageUrl, recipe, sign, uploadToken } from "../packages/client/mod.ts";

/** Settings of {@linkcode serveUploadPage}. */
export interface UploadPageSettings {
  /** The URL of ProgImage. Its PROGIMAGE_CORS_ORIGINS must list the origin of the page. */
  readonly baseUrl: string;
  /** The id of a key with the scopes images:create and images:read, and its signing secret. */
  readonly keyId: string;
  readonly secret: string;
  /** The port of the page. @default {a free one} */
  readonly port?: number;
}

const PAGE = `<!doctype html>
<title>Your avatar</title>
<input type="file" accept="image/*"><output></output>
<script type="module" src="/script.js"></script>`;

/**
 * Serves a page that uploads a picture straight to ProgImage and shows it. The page gets a token for one picture and a URL that opens it
 * for an hour, and never a key. A real shop would check here who asks.
 */
export async function serveUploadPage({ baseUrl, port = 0, ...key }: UploadPageSettings) {
  const entrypoints = [join(import.meta.dir, "page_uploads_script.ts")];
  const { outputs } = await Bun.build({ entrypoints, target: "browser" });
  const [script] = outputs;
  const upload = {
    maxBytes: 10_000_000,
    formats: ["jpeg", "png", "webp"],
    once: true,
    tags: ["avatar"],
  } as const;
  const avatar = recipe().thumbnail({ width: 128, height: 128 }).webp();
  return Bun.serve({
    port,
    routes: {
      "/": () => new Response(PAGE, { headers: { "content-type": "text/html; charset=utf-8" } }),
      "/script.js": () => new Response(script, { headers: { "content-type": "text/javascript" } }),
      "/token": {
        POST: async () => new Response(await uploadToken({ ...key, baseUrl, expiresIn: 300, upload })),
      },
      "/pictures/:id": async ({ params }) =>
        new Response(await sign(imageUrl(baseUrl, params.id, avatar), { ...key, baseUrl, expiresIn: 3600 })),
    },
  });
}
