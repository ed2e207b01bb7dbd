import { noise } from "./testing_pictures.ts";
import type { TestServer } from "./testing_server.ts";

/** Stores different pictures, and returns their ids in order. */
export async function uploadPictures({ client }: TestServer, count: number, width = 64): Promise<string[]> {
  const upload = async (_: unknown, seed: number) => {
    const bytes = await noise(seed, width, Math.round(width * 0.75));
    return (await client.images.upload(bytes, { name: `picture-${seed}.jpg`, tags: ["pictures"] })).id;
  };
  return await Promise.all(Array.from({ length: count }, upload));
}

/** Sends JSON in a POST. */
export async function postJson(
  url: string,
  json: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const body = JSON.stringify(json);
  return await fetch(url, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** Starts another server with a picture, which answers 503 while a test wants it to. */
export function startPictureHost(picture: Uint8Array) {
  const state = { isBroken: false, asked: 0 };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => {
      state.asked++;
      return state.isBroken ? new Response(null, { status: 503 }) : new Response(new Uint8Array(picture));
    },
  });
  const host = `127.0.0.1:${server.port}`;
  const urlOf = (name: string) => `http://${host}/${name}`;
  return { state, host, urlOf, [Symbol.asyncDispose]: () => server.stop(true) };
}
