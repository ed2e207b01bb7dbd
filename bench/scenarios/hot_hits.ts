import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startServer } from "@progimage/server/testing";
import { fetched } from "../in_flight.ts";
import type { Load } from "../load/load.ts";
import { startNginx } from "../rivals/nginx.ts";
import { judged, type Scenario } from "../scenario.ts";
import { sourcePictures } from "../source_pictures.ts";
import { measureHits } from "./hit_loads.ts";

const BYTES = 20_000;
const WIDTHS = [160, 240, 320, 400, 480, 560, 640, 720, 800];
const [OURS, NOT_MODIFIED, NGINX] = ["ProgImage", "ProgImage, 304", "nginx"];

/** Repeated cache hits, against the fastest server of static files. */
export const hotHits: Scenario = {
  name: "hot-hits",
  summary: `a derivative of about ${BYTES / 1000} KB from one HTTP process, 32 connections, against nginx with one worker; both log each request`,
  async run(context) {
    const { folder, quick, images } = context;
    const size = quick ? { width: 800, height: 533 } : { width: 3000, height: 2000 };
    const [picture = ""] = await sourcePictures({ format: "jpeg", ...size, count: 1, images });
    await using server = await startServer({
      settings: { PROGIMAGE_LOG_LEVEL: "info" },
      logPath: join(folder, "server.log"),
    });
    const { id } = await server.client.images.upload(Bun.file(picture));
    const { path, bytes, etag } = await nearest(server.url, id);
    const files = join(folder, "files");
    await mkdir(files);
    await Bun.write(join(files, "derivative.jpg"), bytes);
    await using nginx = await startNginx(files);

    const origins = [server.url];
    const loads = new Map<string, Pick<Load, "headers" | "origins" | "paths">>([
      [OURS, { origins, paths: [path] }],
      [NOT_MODIFIED, { origins, paths: [path], headers: { "if-none-match": etag } }],
    ]);
    if (nginx) loads.set(NGINX, { origins: [nginx.origin], paths: ["/derivative.jpg"] });
    const { sides, ratio, generator } = await measureHits(loads, context);
    const results = [
      judged("answers 304, of hits a second", ratio(NOT_MODIFIED, OURS), { least: 1 }),
      { ...generator, name: `${generator.name} of hot hits` },
    ];
    if (!nginx) return results;
    const name = `hot hits of ${bytes.length} bytes, of nginx`;
    return [judged(name, ratio(OURS, NGINX), { least: 0.75, sides }), ...results];
  },
};

/** Returns the derivative whose size is nearest to the one wanted. */
async function nearest(url: string, id: string) {
  const candidates = [];
  for (const width of WIDTHS) {
    const path = `/images/${id}.jpg?resize=${width}x`;
    candidates.push({ path, bytes: await fetched(`${url}${path}`) });
  }
  const distance = ({ bytes }: { readonly bytes: Uint8Array }) => Math.abs(bytes.length - BYTES);
  const [best] = candidates.toSorted((one, other) => distance(one) - distance(other));
  if (!best) throw new Error("Cannot find a derivative");
  const response = await fetch(`${url}${best.path}`, { method: "HEAD" });
  return { ...best, etag: response.headers.get("etag") ?? "" };
}
