import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { findBrowser, startBrowser } from "./testing_browser.ts";
import { twoColours } from "./testing_pictures.ts";
import { startServer, type TestServer } from "./testing_server.ts";

const REBOUND_NAME = "evil.example";
const program = findBrowser();

describe.skipIf(program === null)("web pages in Chromium", () => {
  let browser: Browser;
  let server: TestServer;
  /** Serve a page each: one is a stranger's, the other is listed. */
  const [stranger, friend] = [servePage(), servePage()];
  let id: string;

  beforeAll(async () => {
    browser = await startBrowser(program ?? "", { reboundName: REBOUND_NAME });
    server = await startServer({ settings: { PROGIMAGE_CORS_ORIGINS: originOf(friend) } });
    ({ id } = await server.client.upload(await twoColours()));
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
    ["/images/bulk", ['{"action":"', '","action":"delete","all":true}']],
    ["/purge", ['{"all":true,"', '":0}']],
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

  test("a script of another origin changes nothing by requests that need no leave", async () => {
    const page = await pageAt(originOf(stranger));
    const answered = page.waitForResponse(`${server.url}/images/bulk`);
    const asked = { url: `${server.url}/images/bulk`, body: '{"action":"delete","all":true}' };
    expect(await page.evaluate(fetchWithoutCors, asked)).toBe("opaque");
    expect((await answered).status()).toBe(403);
    expect(await isThere()).toBe(true);
  });

  test("a script of another origin gets no leave for others, and reads nothing", async () => {
    const page = await pageAt(originOf(stranger));
    for (const method of ["DELETE", "GET"])
      expect(await statusIn(page, `${server.url}/images/${id}`, method)).toBe("TypeError");
    expect(await isThere()).toBe(true);
  });

  test("a name of a stranger that leads here shows and changes nothing", async () => {
    const rebound = `http://${REBOUND_NAME}:${new URL(server.url).port}`;
    const page = await browser.newPage();
    // The page from before the name led here.
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

  test("pages of listed origins and of the server itself do their work", async () => {
    for (const url of [originOf(friend), `${server.url}/swagger`]) {
      const { id: other } = await server.client.upload(await twoColours());
      const page = await pageAt(url);
      expect(await statusIn(page, `${server.url}/images/${other}`, "GET")).toBe(200);
      expect(await statusIn(page, `${server.url}/images/${other}`, "DELETE")).toBe(204);
    }
  });
});

function servePage() {
  const page = "<!doctype html><title>A page</title>";
  const headers = { "content-type": "text/html" };
  return Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(page, { headers }) });
}

function originOf({ port }: { readonly port?: number }): string {
  return `http://127.0.0.1:${port}`;
}

/** Returns the status that a script of a page sees, or the name of the error. */
async function statusIn(page: Page, url: string, method: string): Promise<number | string> {
  return await page.evaluate(fetchStatus, { url, method });
}

// These run in the page.

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

async function fetchWithoutCors({ url, body }: { readonly url: string; readonly body: string }) {
  return (await fetch(url, { method: "POST", mode: "no-cors", body })).type;
}

async function fetchStatus({ url, method }: { readonly url: string; readonly method: string }) {
  try {
    return (await fetch(url, { method })).status;
  } catch (error) {
    return (error as Error).name;
  }
}
