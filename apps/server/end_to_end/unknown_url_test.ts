import { expect, test } from "bun:test";
import { imageUrl, recipe } from "@progimage/client";
import { twoColours } from "./testing_pictures.ts";
import { startServer } from "./testing_server.ts";

const EVERYWHERE = { PROGIMAGE_HOST: "0.0.0.0", PROGIMAGE_ACCESS: "open" };
const WARNING = "set PROGIMAGE_PUBLIC_URL";

test("a server that is reached under an unknown URL links by paths, and warns once", async () => {
  await using server = await startServer({ settings: EVERYWHERE });
  const response = await fetch(`${server.url}/images`, {
    method: "POST",
    body: new Uint8Array(await twoColours()),
  });
  const image = (await response.json()) as { readonly id: string; readonly href: string };
  expect(image.href).toStartWith(`/images/${image.id}?v=`);
  expect(response.headers.get("location")).toBe(image.href);
  expect(response.headers.get("content-location")).toBe(`/images/${image.id}/info`);
  expect((await fetch(new URL(image.href, server.url))).status).toBe(200);
  expect((await fetch(imageUrl(server.url, image, recipe().flip().png()))).status).toBe(200);
  const job = await server.client.jobs.create({
    select: { ids: [image.id] },
    outputs: [recipe().flip()],
    deliver: "images",
  });
  const shown = (await (await fetch(`${server.url}/jobs/${job.id}`)).json()) as object;
  expect(shown).toMatchObject({ href: `/jobs/${job.id}` });
  const { servers } = (await (await fetch(`${server.url}/swagger/json`)).json()) as {
    readonly servers: object;
  };
  expect(servers).toEqual([{ url: "/" }]);
  expect(server.log().split(WARNING)).toHaveLength(2);
});

test("a server with a public URL links by it, and warns of nothing", async () => {
  const PROGIMAGE_PUBLIC_URL = "http://images.example.com";
  await using server = await startServer({ settings: { ...EVERYWHERE, PROGIMAGE_PUBLIC_URL } });
  expect(server.log()).not.toContain(WARNING);
});
