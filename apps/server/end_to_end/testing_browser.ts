import { type Browser, chromium } from "playwright-core";

/** Debian's name comes first. Chrome itself does as well. */
const PROGRAMS = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** Options for {@linkcode startBrowser}. */
export interface StartBrowserOptions {
  /** A name that leads to this machine, as a stranger can have his own name do. */
  readonly reboundName: string;
}

/** Returns where a browser is, or `null`, having said so, where none is installed. */
export function findBrowser(): string | null {
  const found = PROGRAMS.map((name) => Bun.which(name)).find((path) => path !== null);
  if (!found)
    console.error("Tests in a browser are skipped: chromium not found (scripts/install_servers.sh)");
  return found ?? null;
}

/** Starts a real browser without a window. */
export async function startBrowser(
  executablePath: string,
  { reboundName }: StartBrowserOptions,
): Promise<Browser> {
  const args = [
    // In containers and for root there is no sandbox.
    "--no-sandbox",
    `--host-resolver-rules=MAP ${reboundName} 127.0.0.1`,
    // Not all browsers keep the pages of others from this machine: the server must do so itself.
    "--disable-features=LocalNetworkAccessChecks",
  ];
  return await chromium.launch({ executablePath, headless: true, args });
}
