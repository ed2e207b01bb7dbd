import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startServer } from "@progimage/server/testing";
import { fetched, inFlight } from "../in_flight.ts";
import { startNginx } from "../rivals/nginx.ts";
import { judged, type Scenario } from "../scenario.ts";
import { sourcePictures } from "../source_pictures.ts";
import { measureHits } from "./hit_loads.ts";

const DERIVATIVES = 1_000;
const WIDTH = 440;

/** Rendered results that exceed the memory cache. */
export const diskHits: Scenario = {
  name: "disk-hits",
  summary: `${DERIVATIVES} derivatives of about 20 KB in turn, none held in memory, against nginx with as many files`,
  async run(context) {
    const { folder, quick, images } = context;
    const [picture = ""] = await sourcePictures({
      format: "jpeg",
      width: 800,
      height: 533,
      count: 1,
      images,
    });
    await using server = await startServer({
      settings: { PROGIMAGE_LOG_LEVEL: "info", PROGIMAGE_MEMORY_CACHE_BYTES: "0" },
      logPath: join(folder, "server.log"),
    });
    const { id } = await server.client.images.upload(Bun.file(picture));
    const files = join(folder, "files");
    await mkdir(files);
    const numbers = Array.from({ length: quick ? 20 : DERIVATIVES }, (_, index) => index);
    // Boxes too high to change the result: separate derivatives that look the same.
    const pathOf = (number: number) => `/images/${id}.jpg?resize=${WIDTH}x${8_000 - number}`;
    await inFlight(8, numbers, async (number) =>
      Bun.write(join(files, `${number}.jpg`), await fetched(`${server.url}${pathOf(number)}`)),
    );
    await using nginx = await startNginx(files);
    const loads = new Map([["ProgImage", { origins: [server.url], paths: numbers.map(pathOf) }]]);
    if (nginx)
      loads.set("nginx", { origins: [nginx.origin], paths: numbers.map((number) => `/${number}.jpg`) });
    const { sides, ratio } = await measureHits(loads, context);
    if (!nginx) return [judged("disk hits", sides[0]?.perSecond ?? Number.NaN, { unit: "a second", sides })];
    return [judged("disk hits, of nginx", ratio("ProgImage", "nginx"), { least: 0.35, sides })];
  },
};
