import { join } from "node:path";
import { ProgImage } from "@progimage/client";
import { newKeyText, writeKeyText } from "@progimage/core";
import { startServer } from "@progimage/server/testing";
import { fetched } from "../in_flight.ts";
import { judged, type Scenario } from "../scenario.ts";
import { sourcePictures } from "../source_pictures.ts";
import { measureHits } from "./hit_loads.ts";

const [OPEN, KEYED, SIGNED] = ["open", "with a key", "signed"];
const RECIPE = ".jpg?resize=440x";

/** Rates that no load reaches, so that every request is counted and none is refused. */
const RATES = { PROGIMAGE_STRANGER_REQUESTS: "1000000000", PROGIMAGE_KEY_REQUESTS: "1000000000" };

/** Repeated cache hits behind the door, against a server that is open to anybody. */
export const guardedHits: Scenario = {
  name: "guarded-hits",
  summary:
    "a derivative of about 20 KB, 32 connections: with a key and signed, against a server that is open",
  async run(context) {
    const { folder, images } = context;
    const [picture = ""] = await sourcePictures({
      format: "jpeg",
      width: 800,
      height: 533,
      count: 1,
      images,
    });
    const key = writeKeyText(newKeyText());
    await using open = await startServer({
      settings: { PROGIMAGE_LOG_LEVEL: "info" },
      logPath: join(folder, "open.log"),
    });
    await using keyed = await startServer({
      settings: { PROGIMAGE_LOG_LEVEL: "info", PROGIMAGE_ACCESS: "keys", PROGIMAGE_ADMIN_KEY: key, ...RATES },
      logPath: join(folder, "keyed.log"),
    });
    const client = new ProgImage({ baseUrl: keyed.url, key });
    const [free, kept] = await Promise.all(
      [open.client, client].map(async ({ images: store }) => await store.upload(Bun.file(picture))),
    );
    const freePath = `/images/${free?.id}${RECIPE}`;
    const keptPath = `/images/${kept?.id}${RECIPE}`;
    const signedUrl = await client.sign(keyed.url + keptPath, { expiresIn: 3_600 });
    await fetched(open.url + freePath);
    await fetched(signedUrl);
    const { sides, ratio } = await measureHits(
      new Map([
        [OPEN, { origins: [open.url], paths: [freePath] }],
        [KEYED, { origins: [keyed.url], paths: [keptPath], headers: { authorization: `Bearer ${key}` } }],
        [SIGNED, { origins: [keyed.url], paths: [signedUrl.slice(keyed.url.length)] }],
      ]),
      context,
    );
    return [
      judged("hot hits with a key, of open ones", ratio(KEYED, OPEN), { least: 0.85, sides }),
      judged("hot hits of a signed URL, of open ones", ratio(SIGNED, OPEN), { least: 0.85 }),
    ];
  },
};
