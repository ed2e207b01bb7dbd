import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startServer } from "@progimage/server/testing";
import { startNginx } from "../rivals/nginx.ts";
import { judged, type Scenario } from "../scenario.ts";
import { sourcePictures } from "../source_pictures.ts";
import { measureHits } from "./hit_loads.ts";

/** Downloads of originals that are too large for memory. */
export const largeOriginals: Scenario = {
  name: "large-originals",
  summary: "originals of 6 megapixels, 32 connections, against nginx with one worker; both log each request",
  async run(context) {
    const { folder, quick, images } = context;
    const size = quick ? { width: 800, height: 533 } : { width: 3000, height: 2000 };
    const pictures = await sourcePictures({ format: "png", ...size, count: quick ? 1 : 4, images });
    await using server = await startServer({
      settings: { PROGIMAGE_LOG_LEVEL: "info" },
      logPath: join(folder, "server.log"),
    });
    const files = join(folder, "files");
    await mkdir(files);
    const ids: string[] = [];
    for (const picture of pictures) {
      const { id } = await server.client.images.upload(Bun.file(picture));
      await copyFile(picture, join(files, `${id}.png`));
      ids.push(id);
    }
    await using nginx = await startNginx(files);
    const loads = new Map([
      ["ProgImage", { origins: [server.url], paths: ids.map((id) => `/images/${id}`) }],
    ]);
    if (nginx) loads.set("nginx", { origins: [nginx.origin], paths: ids.map((id) => `/${id}.png`) });
    const { sides, ratio } = await measureHits(loads, context);
    if (!nginx)
      return [judged("large originals", sides[0]?.perSecond ?? Number.NaN, { unit: "a second", sides })];
    return [judged("large originals, of nginx", ratio("ProgImage", "nginx"), { sides })];
  },
};
