import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { findBrowser, startBrowser } from "./testing_browser.ts";
import { twoColours } from "./testing_pictures.ts";
import { startServer, type TestServer } from "./testing_server.ts";

const program = findBrowser();

/** The request that a widget sends by default. */
interface WidgetUpload {
  readonly headers: Readonly<Record<string, string>>;
  /** Stand before the file. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** The default requests of Dropzone 6.0.0-beta.2 and @uppy/xhr-upload 4, with the metadata of Uppy's dashboard. */
const WIDGETS: Readonly<Record<string, WidgetUpload>> = {
  Dropzone: {
    headers: {
      Accept: "application/json",
      "Cache-Control": "no-cache",
      "X-Requested-With": "XMLHttpRequest",
    },
    fields: [],
  },
  Uppy: {
    headers: {},
    fields: [
      ["relativePath", "null"],
      ["name", "photo.png"],
      ["type", "image/png"],
    ],
  },
  "Uppy with a library for traces": {
    headers: { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" },
    fields: [["name", "photo.png"]],
  },
};

describe.skipIf(program === null)("pages of another origin upload with the defaults of", () => {
  let browser: Browser;
  let server: TestServer;
  let picture: Buffer;
  const page = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response("<p>", { headers: { "content-type": "text/html" } }),
  });
  const origin = `http://127.0.0.1:${page.port}`;

  beforeAll(async () => {
    browser = await startBrowser(program ?? "", { reboundName: "unused.example" });
    server = await startServer({ settings: { PROGIMAGE_CORS_ORIGINS: origin } });
    picture = await twoColours();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await page.stop(true);
  });

  for (const [name, widget] of Object.entries(WIDGETS))
    test(name, async () => {
      const tab = await browser.newPage();
      await tab.goto(origin);
      const url = `${server.url}/images`;
      const { status, text } = await tab.evaluate(sendByXhr, {
        ...widget,
        url,
        base64: picture.toString("base64"),
      });
      expect([status, text]).toEqual([201, expect.any(String)]);
      expect(JSON.parse(text)).toMatchObject({ name: "photo.png", bytes: picture.length });
      await tab.close();
    });
});

/** Sends a form with one file. Runs in the page. */
async function sendByXhr({
  url,
  headers,
  fields,
  base64,
}: WidgetUpload & { readonly url: string; readonly base64: string }) {
  const bytes = await (await fetch(`data:image/png;base64,${base64}`)).blob();
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  form.append("file", bytes, "photo.png");
  const request = new XMLHttpRequest();
  request.open("POST", url, true);
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  await new Promise((resolve) => {
    request.onloadend = resolve;
    request.send(form);
  });
  return { status: request.status, text: request.responseText };
}
