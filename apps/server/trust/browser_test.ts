import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import type { Browser, Page } from "playwright-core";
import { findBrowser, startBrowser } from "../end_to_end/testing_browser.ts";
import { twoColours } from "../end_to_end/testing_pictures.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";

const REBOUND_NAME = "evil.example";
const program = findBrowser();

describe.skipIf(program === null)("web pages in Chromium", () => {
  let browser: Browser;
  let server: TestServer;
  /** Each serves a page: only the second one's origin is allowed. */
  const [stranger, friend] = [servePage(), servePage()];
  let id: string;

  beforeAll(async () => {
    browser = await startBrowser(program ?? "", { reboundName: REBOUND_NAME });
    server = await startServer({ settings: { PROGIMAGE_CORS_ORIGINS: originOf(friend) } });
    ({ id } = await server.client.images.upload(await twoColours()));
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await Promise.all([stranger.stop(true), friend.stop(true)]);
  });

  const isThere = async () => (await fetch(`${server.url}/images/${id}`)).status === 200;
  const pageAt = async (url: string) => {
    const page = await browser.newPage();
    await page.goto(url);
    return page;
  };

  for (const [path, field] of [
    ["/images/bulk", ['{"action":"', '","action":"delete","select":{"all":true}}']],
    ["/purge", ['{"select":{"all":true},"', '":0}']],
  ] as const) {
    test(`a form of another origin, whose text reads as JSON for ${path}, changes nothing`, async () => {
      const page = await pageAt(originOf(stranger));
      const answered = page.waitForResponse(server.url + path);
      await page.evaluate(submitForm, { action: server.url + path, field });
      const answer = await answered;
      expect([answer.status(), (await answer.json()).code]).toEqual([403, "origin_refused"]);
      expect(await isThere()).toBe(true);
    });
  }

  test("a script of another origin changes nothing by requests without a preflight", async () => {
    const page = await pageAt(originOf(stranger));
    const init = { method: "POST", body: '{"action":"delete","select":{"all":true}}' };
    expect(await page.evaluate(embed, { url: `${server.url}/images/bulk?script`, init })).toBe("TypeError");
    // The browser hides a blocked answer from the page.
    const refused = '"method":"POST","path":"/images/bulk?script","status":403';
    await until("the server has refused it", async () => server.log().includes(refused));
    expect(await isThere()).toBe(true);
  });

  test("a script of another origin fails at preflights, and reads nothing", async () => {
    const page = await pageAt(originOf(stranger));
    for (const method of ["DELETE", "GET"])
      expect(await statusIn(page, `${server.url}/images/${id}`, method)).toBe("TypeError");
    expect(await isThere()).toBe(true);
  });

  test("a rebound name of another site reads and changes nothing", async () => {
    const rebound = `http://${REBOUND_NAME}:${new URL(server.url).port}`;
    const page = await browser.newPage();
    // The page as loaded before the name resolved to this server.
    await page.route(`${rebound}/before`, (route) =>
      route.fulfill({ contentType: "text/html", body: "<p>" }),
    );
    await page.goto(`${rebound}/before`);
    for (const [path, method] of [
      ["/images", "GET"],
      [`/images/${id}`, "GET"],
      [`/images/${id}`, "DELETE"],
    ] as const)
      expect(await statusIn(page, rebound + path, method)).toBe(421);
    expect(await isThere()).toBe(true);
  });

  test("a page of another origin shows pictures, also under a strict embedder policy", async () => {
    for (const path of ["/", "/isolated"]) {
      const page = await pageAt(originOf(stranger) + path);
      for (const name of [id, `${id}.webp?resize=20x`, `${id}.webp?resize=20x`])
        expect(await page.evaluate(widthOfPicture, `${server.url}/images/${name}`)).toBeGreaterThan(0);
    }
  });

  test("a page of another origin embeds nothing but pictures", async () => {
    const page = await pageAt(originOf(stranger));
    for (const path of ["/images", `/images/${id}/info`, "/nowhere", "/swagger/json"])
      expect([path, await page.evaluate(embed, { url: server.url + path })]).toEqual([path, "TypeError"]);
    expect(await page.evaluate(embed, { url: `${server.url}/images/${id}` })).toBe("opaque");
  });

  test("the page of the documentation works, without errors in the console", async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${server.url}/swagger`);
    await page.locator(".opblock").first().waitFor();
    expect(await page.locator(".opblock").count()).toBeGreaterThan(20);
    expect(complaints).toEqual([]);
  });

  test("pages of listed origins and of the server itself work", async () => {
    for (const url of [originOf(friend), `${server.url}/swagger`]) {
      const { id: other } = await server.client.images.upload(await twoColours());
      const page = await pageAt(url);
      expect(await statusIn(page, `${server.url}/images/${other}`, "GET")).toBe(200);
      expect(await statusIn(page, `${server.url}/images/${other}`, "DELETE")).toBe(204);
    }
  });
});

function servePage() {
  const page = "<!doctype html><title>A page</title>";
  const headers = { "content-type": "text/html" };
  const isolation = { "cross-origin-embedder-policy": "require-corp" };
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    routes: { "/isolated": () => new Response(page, { headers: { ...headers, ...isolation } }) },
    fetch: () => new Response(page, { headers }),
  });
}

function originOf({ port }: { readonly port?: number }): string {
  return `http://127.0.0.1:${port}`;
}

/** Returns the status that a script of a page sees, or the name of the error. */
async function statusIn(page: Page, url: string, method: string): Promise<number | string> {
  return await page.evaluate(fetchStatus, { url, method });
}

// These functions run in the page.

interface FormWish {
  readonly action: string;
  readonly field: readonly [name: string, value: string];
}

function submitForm({ action, field }: FormWish): void {
  const form = document.createElement("form");
  Object.assign(form, { action, method: "post", enctype: "text/plain" });
  const input = document.createElement("input");
  [input.name, input.value] = field;
  form.append(input);
  document.body.append(form);
  form.submit();
}

async function widthOfPicture(url: string): Promise<number> {
  const image = new Image();
  image.src = url;
  await image.decode().catch(() => {});
  return image.naturalWidth;
}

interface Embedding {
  readonly url: string;
  readonly init?: RequestInit;
}

/** Requests a URL as an `<img>` or `<script>` of a page does: without CORS, so that the page cannot read the answer. */
async function embed({ url, init = {} }: Embedding): Promise<string> {
  try {
    return (await fetch(url, { ...init, mode: "no-cors" })).type;
  } catch (error) {
    return (error as Error).name;
  }
}

async function fetchStatus({ url, method }: { readonly url: string; readonly method: string }) {
  try {
    return (await fetch(url, { method })).status;
  } catch (error) {
    return (error as Error).name;
  }
}
