import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { startServer } from "@progimage/server/testing";
import { fetched, inFlight } from "../in_flight.ts";
import { closedLoop } from "../load/closed_loop.ts";
import { type LoadResult, perSecond } from "../load/load.ts";
import { makePhotos } from "../pictures.ts";
import { startIpx } from "../rivals/ipx.ts";
import { rivalUrl, serveFiles, type UrlRival } from "../rivals/url_rival.ts";
import type { PictureFormat } from "../source_pictures.ts";

/** Renders of pictures that are at most twice as high as wide. */
export interface ColdTask {
  readonly pictures: readonly string[];
  readonly format: PictureFormat;
  /** The side of the square that the result fits into, in pixels. */
  readonly side: number;
  /** The quality of JPEG, WebP and AVIF. */
  readonly quality?: number;
  /** Other encoder parameters in our query. */
  readonly compress: readonly string[];
  readonly quick: boolean;
}

/** A server that renders without cache hits. */
export interface ColdSide extends AsyncDisposable {
  readonly name: string;
  /** Renders for some seconds at full speed. Also waits until the server's queue is empty, so that it does not slow the next side. */
  readonly load: (seconds: number) => Promise<LoadResult>;
  /** Returns the result for a picture. */
  readonly sample: (picture: number) => Promise<Uint8Array>;
}

/** Requests in flight: enough to keep every process busy. */
const CONNECTIONS = 4 * availableParallelism();

/** Renders to let a server compile its code, with a picture so small that they take no time. */
const WARM_UP_RENDERS = 1_000;

/** Heights of boxes, from here down to the width, that do not change the result of a picture that is wider than high. */
const MOST_HEIGHT = 8_000;

/** Returns our server. */
export async function ourSide(task: ColdTask): Promise<ColdSide> {
  const server = await startServer({
    settings: {
      PROGIMAGE_LOG_LEVEL: "warn",
      PROGIMAGE_QUEUE_WAIT_MS: "60000",
      PROGIMAGE_RENDER_DEADLINE_MS: "60000",
    },
  });
  const [tiny = ""] = await makePhotos(server.dataDir, { width: 60, height: 40, count: 1 });
  const tinyId = (await server.client.images.upload(Bun.file(tiny))).id;
  const widths = Array.from({ length: warmUps(task) }, (_, index) => index + 1);
  await inFlight(CONNECTIONS, widths, (width) =>
    fetched(`${server.url}/images/${tinyId}.jpg?resize=${width}x9,fit:fill,enlarge`),
  );
  const ids: string[] = [];
  for (const path of task.pictures) ids.push((await server.client.images.upload(Bun.file(path))).id);
  const settings = [task.quality && `quality:${task.quality}`, ...task.compress].filter(Boolean).join(",");
  // Each request has another box, too high to change the result, so that nothing is cached.
  let height = MOST_HEIGHT;
  const pathOf = (id: string | undefined, box = height) =>
    `/images/${id}.${task.format}?resize=${task.side}x${box}${settings && `&compress=${settings}`}`;
  return {
    name: "ProgImage",
    async load(seconds) {
      const paths: string[] = [];
      const first = height;
      for (; height > task.side; height--) paths.push(...ids.map((id) => pathOf(id)));
      const load = await closedLoop({ ...{ origins: [server.url], paths, seconds }, ...loadOf(task) });
      height = first - Math.ceil((load.answers + CONNECTIONS) / ids.length);
      if (height <= task.side) throw new Error("Cannot measure: there are not enough boxes of their own");
      await fetched(`${server.url}${pathOf(ids[0])}`);
      height--;
      return load;
    },
    sample: (picture) => fetched(`${server.url}${pathOf(ids[picture], MOST_HEIGHT + 1)}`),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Returns ipx. It has no cache, so the same URLs are rendered again. */
export async function ipxSide(task: ColdTask, processes: number): Promise<ColdSide> {
  const { pictures, format, side, quality } = task;
  const folder = dirname(pictures[0] ?? "");
  const ipx = await startIpx(folder, processes);
  const modifiers = [quality && `q_${quality}`, "fit_inside", `s_${side}x${side}`, `f_${format}`];
  const paths = pictures.map((path) => `/${modifiers.filter(Boolean).join(",")}/${basename(path)}`);
  return {
    name: `ipx (${processes === 1 ? "one process" : `${processes} processes`})`,
    async load(seconds) {
      const { origins } = ipx;
      const load = await closedLoop({ ...{ origins, paths, seconds }, ...loadOf(task) });
      await Promise.all(origins.map((origin) => fetched(`${origin}${paths[0]}`)));
      return load;
    },
    sample: (picture) => fetched(`${ipx.origins[0]}${paths[picture]}`),
    [Symbol.asyncDispose]: () => ipx[Symbol.asyncDispose](),
  };
}

/** Returns another image server. */
export async function rivalSide(task: ColdTask, rival: UrlRival): Promise<ColdSide> {
  const { pictures, format, side, quality = 80 } = task;
  const files = serveFiles(pictures);
  let height = MOST_HEIGHT;
  const urlOf = (path: string, box = height) =>
    rivalUrl(rival, { width: side, height: box, format, quality, url: files.urlOf(path) });
  return {
    name: rival.name,
    async load(seconds) {
      const paths: string[] = [];
      const first = height;
      for (; height > side; height--)
        paths.push(...pictures.map((path) => urlOf(path)).map(({ pathname, search }) => pathname + search));
      const { origin } = urlOf(pictures[0] ?? "");
      const load = await closedLoop({ ...{ origins: [origin], paths, seconds }, ...loadOf(task) });
      height = first - Math.ceil((load.answers + CONNECTIONS) / pictures.length);
      await fetched(urlOf(pictures[0] ?? "").href);
      height--;
      return load;
    },
    sample: (picture) => fetched(urlOf(pictures[picture] ?? "", MOST_HEIGHT + 1).href),
    [Symbol.asyncDispose]: async () => files[Symbol.dispose](),
  };
}

/** Starts ipx as one process and as one per core. Keeps the faster. */
export async function fasterIpxSide(task: ColdTask, seconds: number): Promise<ColdSide> {
  if (task.quick) return await ipxSide(task, 1);
  const counts = [...new Set([1, availableParallelism()])];
  const sides: { readonly side: ColdSide; readonly speed: number }[] = [];
  for (const count of counts) {
    const side = await ipxSide(task, count);
    sides.push({ side, speed: perSecond(await side.load(seconds)) });
  }
  const [best, ...others] = sides.toSorted((one, other) => other.speed - one.speed);
  for (const { side } of others) await side[Symbol.asyncDispose]();
  if (!best) throw new Error("Cannot measure ipx: no process was started");
  return best.side;
}

/** Returns the load for all servers. */
function loadOf({ quick }: ColdTask) {
  return { connections: CONNECTIONS, isSlow: !quick };
}

/** Returns the number of warm-up renders. */
export function warmUps({ quick }: Pick<ColdTask, "quick">): number {
  return quick ? 20 : WARM_UP_RENDERS;
}

/** Returns the path of a new folder for results. */
export function resultsFolder(folder: string): string {
  return join(folder, `results-${crypto.randomUUID()}`);
}
