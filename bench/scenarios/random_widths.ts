import { stat } from "node:fs/promises";
import { join } from "node:path";
import { filesBelow, startServer } from "@progimage/server/testing";
import { fetched, inFlight } from "../in_flight.ts";
import { sample } from "../sample.ts";
import { judged, type Scenario } from "../scenario.ts";
import { sourcePictures } from "../source_pictures.ts";
import { rounded } from "../statistics.ts";

const WIDTHS = 10_000;
const CAPACITY = 4_000_000;
const LOOK_MILLISECONDS = 100;

/** A client that requests every size there is. */
export const randomWidths: Scenario = {
  name: "random-widths",
  summary: `${WIDTHS} sizes at random of a small picture, with room for ${CAPACITY / 1e6} MB of them: the folder is looked at every ${LOOK_MILLISECONDS} ms`,
  async run({ quick, images, report }) {
    const [picture = ""] = await sourcePictures({
      format: "jpeg",
      width: 800,
      height: 533,
      count: 1,
      images,
    });
    const capacity = quick ? CAPACITY / 50 : CAPACITY;
    const settings = {
      PROGIMAGE_LOG_LEVEL: "warn",
      PROGIMAGE_QUEUE_WAIT_MS: "60000",
      PROGIMAGE_DERIVATIVE_CACHE_BYTES: String(capacity),
    };
    await using server = await startServer({ settings });
    const { id } = await server.client.images.upload(Bun.file(picture));
    const folder = join(server.dataDir, "fs", "derivatives");
    const looks = sample(LOOK_MILLISECONDS, () => bytesBelow(folder));
    let sent = 0;
    await inFlight(8, sizes(quick ? 300 : WIDTHS), async (size) => {
      const { length } = await fetched(`${server.url}/images/${id}.jpg?resize=${size},fit:fill`);
      sent += length;
    });
    const taken = await looks.stop();
    const most = Math.max(...taken);
    report(
      `${rounded(sent / 1e6)} MB rendered, at most ${rounded(most / 1e6)} MB kept, ${taken.length} looks`,
    );
    if (sent < 2 * capacity) throw new Error("Cannot measure: all that was rendered has room in the cache");
    return [
      judged("most bytes in the folder of derivatives, of the cap", most / capacity, {
        most: 1,
        detail: { capacity, sent, most, looks: taken.length },
      }),
    ];
  },
};

/** Yields sizes without repetition, in a mixed order. */
function* sizes(count: number): Generator<string> {
  for (let index = 0; index < count; index++) {
    // 7919 has no divisor in common with 40,000, so every pair of 200 widths and 200 heights occurs once.
    const place = (index * 7919) % 40_000;
    yield `${20 + (place % 200)}x${20 + Math.floor(place / 200)}`;
  }
}

async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  for (const path of await filesBelow(folder)) {
    const stats = await stat(join(folder, path)).catch(() => null);
    bytes += stats?.size ?? 0;
  }
  return bytes;
}
