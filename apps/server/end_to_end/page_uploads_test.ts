import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { freePorts } from "@progimage/core/testing";
import type { Browser, Page } from "playwright-core";
import { serveUploadPage } from "../../../examples/page_uploads.ts";
import { signingSecretOf } from "../access/signature/signing_secret.ts";
import { findBrowser, startBrowser } from "./testing_browser.ts";
import { type KeyedServer, SECRET, startKeyed } from "./testing_keys.ts";
import { noise } from "./testing_pictures.ts";

const program = findBrowser();

describe.skipIf(program === null)("examples/page_uploads.ts in Chromium", () => {
  let browser: Browser;
  let keyed: KeyedServer;
  let page: Page;
  let site: Awaited<ReturnType<typeof serveUploadPage>>;

  beforeAll(async () => {
    const [port = 0] = await freePorts(1);
    keyed = await startKeyed({
      settings: { PROGIMAGE_SECRET: SECRET, PROGIMAGE_CORS_ORIGINS: `http://localhost:${port}` },
    });
    const { id } = await keyed.makeKey("images:create", "images:read", "recipes:run");
    site = await serveUploadPage({
      baseUrl: keyed.server.url,
      keyId: id,
      secret: signingSecretOf(SECRET, id),
      port,
    });
    browser = await startBrowser(program ?? "", { reboundName: "evil.example" });
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser.close();
    await site.stop(true);
    await keyed[Symbol.asyncDispose]();
  });

  async function choose(name: string, bytes: Uint8Array): Promise<string> {
    await page.goto(`http://localhost:${site.port}/`);
    const file = { name, mimeType: "image/jpeg", buffer: Buffer.from(bytes) };
    await page.locator("input").setInputFiles(file);
    const output = page.locator("output");
    await output.filter({ hasNotText: "Sending" }).filter({ hasText: /./ }).waitFor();
    return await output.innerText();
  }

  test("uploads a picture without a key, and shows it by a signed URL", async () => {
    expect(await choose("cat.jpg", await noise(1, 400, 300))).toStartWith("cat.jpg: 400 × 300");
    const picture = page.locator("img");
    await picture.evaluate((image: HTMLImageElement) => image.decode());
    expect(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(128);
    const url = (await picture.getAttribute("src")) ?? "";
    expect((await fetch(url.slice(0, url.indexOf("&exp=")))).status).toBeOneOf([401, 403, 404]);
  });

  test("says what is wrong with a file that the token does not allow", async () => {
    expect(await choose("notes.jpg", new TextEncoder().encode("no picture at all"))).toStartWith("Cannot");
  });
});
