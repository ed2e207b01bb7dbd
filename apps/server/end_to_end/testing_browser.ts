import { type Browser, chromium } from "playwright-core";

/** Debian's name comes first. Chrome itself works too. */
const PROGRAMS = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** Options for {@linkcode startBrowser}. */
export interface StartBrowserOptions {
  /** A name that resolves to this machine, as an attacker's name does after DNS rebinding. */
  readonly reboundName: string;
}

/** Returns the path of a browser. If none is installed, prints that and returns `null`. */
export function findBrowser(): string | null {
  const found = PROGRAMS.map((name) => Bun.which(name)).find((path) => path !== null);
  if (!found)
    console.error("Tests in a browser are skipped: chromium not found (scripts/install_servers.sh)");
  return found ?? null;
}

/** Starts a real browser, headless. */
export async function startBrowser(
  executablePath: string,
  { reboundName }: StartBrowserOptions,
): Promise<Browser> {
  const args = [
    // There is no sandbox in containers and for root.
    "--no-sandbox",
    `--host-resolver-rules=MAP ${reboundName} 127.0.0.1`,
    // Not all browsers block other sites from this machine: the server must do it itself.
    "--disable-features=LocalNetworkAccessChecks",
  ];
  return await chromium.launch({ executablePath, headless: true, args });
}
