import { setPriority } from "node:os";
import { join } from "node:path";
import { RENDER_PRIORITY } from "./raw_sharp.ts";

/** Running ipx processes that serve the pictures of a folder. */
export interface Ipx extends AsyncDisposable {
  readonly origins: readonly string[];
}

const FOLDER = join(import.meta.dir, "ipx");
const READY_REGEXP = /ready at (http:\S+)/;

/** Options for {@linkcode installIpx}. */
export interface InstallIpxOptions {
  /** Whether to use only an existing installation and download nothing. */
  readonly offline: boolean;
}

/** Installs ipx from npm beside the product, not in it, unless that was done before. Returns whether it is installed. */
export async function installIpx({ offline }: InstallIpxOptions): Promise<boolean> {
  const manifest = Bun.file(join(FOLDER, "node_modules", "ipx", "package.json"));
  if (await manifest.exists()) return true;
  if (offline) return false;
  const child = Bun.spawn([process.execPath, "install", "--frozen-lockfile", "--linker=isolated"], {
    cwd: FOLDER,
    stdio: ["ignore", "ignore", "ignore"],
  });
  return (await child.exited) === 0 && (await manifest.exists());
}

/** Returns the version of the installed ipx, or null. */
export async function ipxVersion(): Promise<string | null> {
  const manifest = Bun.file(join(FOLDER, "node_modules", "ipx", "package.json"));
  return (await manifest.exists()) ? (await manifest.json()).version : null;
}

/** Starts a number of ipx processes, by Node if it is installed, like its users. */
export async function startIpx(folder: string, processes: number): Promise<Ipx> {
  const program = Bun.which("node") ?? process.execPath;
  const children = Array.from({ length: processes }, () =>
    Bun.spawn([program, join(FOLDER, "server.mjs"), folder], {
      stdio: ["pipe", "pipe", "inherit"],
      cwd: FOLDER,
    }),
  );
  for (const { pid } of children) setPriority(pid, RENDER_PRIORITY);
  return {
    origins: await Promise.all(children.map(({ stdout }) => readyAt(stdout))),
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill();
      await Promise.all(children.map(({ exited }) => exited));
    },
  };
}

async function readyAt(stdout: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stdout) {
    text += decoder.decode(chunk, { stream: true });
    const [, origin] = READY_REGEXP.exec(text) ?? [];
    if (origin) return origin;
  }
  throw new Error(`Cannot start ipx: ${text}`);
}
