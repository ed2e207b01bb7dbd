import { until } from "@progimage/core/testing";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { filesBelow, type TestServer } from "./testing_server.ts";
import { noise } from "./testing_pictures.ts";

/** The bytes of the acknowledged images of a server, by id. */
export type Acknowledged = Map<string, Uint8Array>;

/** Enough time for a sweep of the whole store, with rounds in direct succession. */
const DEADLINE_MILLISECONDS = 50_000;

/** Uploads different pictures, and records them. */
export async function uploadSome(
  { client }: Pick<TestServer, "client">,
  acknowledged: Acknowledged,
  count: number,
): Promise<void> {
  for (let number = 0; number < count; number++) {
    const picture = await noise(acknowledged.size + 1_000);
    const image = await client.images.upload(picture, { name: `${acknowledged.size}.jpg`, tags: ["kept"] });
    acknowledged.set(image.id, picture);
  }
}

/** Returns the ids of images that a server does not return byte for byte. */
export async function missingFrom(
  { url }: Pick<TestServer, "url">,
  acknowledged: Acknowledged,
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const [id, bytes] of acknowledged) {
    const response = await fetch(`${url}/images/${id}`);
    const found = await response.bytes();
    if (response.status !== 200 || Buffer.compare(found, bytes) !== 0) missing.push(id);
  }
  return missing;
}

/** Ages the stored files of a data folder, so that none can belong to an upload in progress. */
export async function makeOld(dataDir: string): Promise<void> {
  const folder = join(dataDir, "fs", "blobs");
  const then = Date.now() / 1000 - 3_600;
  for (const file of await filesBelow(folder)) await utimes(join(folder, file), then, then);
}

/** Waits until a server has, or no longer has, a notice for its operator. */
export async function untilNoticed(
  { url, log }: Pick<TestServer, "log" | "url">,
  isNoticed: (codes: readonly string[]) => boolean,
): Promise<void> {
  const look = async () => {
    const { notices } = (await (await fetch(`${url}/readyz`)).json()) as {
      readonly notices?: readonly { readonly code: string }[];
    };
    // There are none before it is ready.
    const codes = notices?.map(({ code }) => code) ?? [];
    return (notices && isNoticed(codes)) || `${codes.join(", ") || "no notice"}. ${log()}`;
  };
  await until("the notice is there", look, DEADLINE_MILLISECONDS);
}
