import { expect } from "bun:test";
import { until } from "@progimage/core/testing";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { FaultScenario } from "./testing_fault_cases.ts";
import { zipOf } from "./testing_archives.ts";
import { noise } from "./testing_pictures.ts";
import { descendants, startServer, type TestServer } from "./testing_server.ts";

const DEADLINE_MILLISECONDS = 20_000;
const ANSWER_MILLISECONDS = 25_000;

const SETTINGS = {
  PROGIMAGE_RENDER_PROCESSES: "1",
  PROGIMAGE_PROBE_PROCESSES: "1",
  PROGIMAGE_RENDER_DEADLINE_MS: "5000",
  PROGIMAGE_PROBE_DEADLINE_MS: "5000",
} as const;

type UploadKind = "form" | "huge" | "known" | "large" | "small";

const SIZES: Readonly<Record<UploadKind, readonly [width: number, height: number]>> = {
  form: [64, 64],
  huge: [1500, 1000],
  known: [64, 64],
  large: [500, 400],
  small: [64, 64],
};

/** A server whose system calls fail at times, and the state that its client expects. */
export class FaultyServer implements AsyncDisposable {
  /** The bytes of each acknowledged image, by its id. */
  readonly acknowledged = new Map<string, Uint8Array>();
  /** The rendered bytes, by path. */
  readonly #rendered = new Map<string, Uint8Array>();
  readonly #dataDir: string;
  readonly #settings: Readonly<Record<string, string>>;
  #server: TestServer;
  #seed = 0;
  #id = "";

  private constructor(server: TestServer, settings: Readonly<Record<string, string>>) {
    this.#server = server;
    this.#dataDir = server.dataDir;
    this.#settings = settings;
  }

  static async start(dataDir: string, more: Readonly<Record<string, string>> = {}): Promise<FaultyServer> {
    const settings = { ...SETTINGS, ...more };
    const faulty = new FaultyServer(await startServer({ dataDir, settings }), settings);
    expect(await faulty.upload("large")).toBe("kept");
    [faulty.#id = ""] = faulty.acknowledged.keys();
    return faulty;
  }

  /** Kills the server like a power cut, and starts it again. */
  async restart(): Promise<void> {
    const [httpProcess = 0] = await descendants(this.#server.pid);
    this.#server.kill("SIGKILL");
    process.kill(httpProcess, "SIGKILL");
    await this.#server.exited;
    this.#server = await startServer({ dataDir: this.#dataDir, settings: this.#settings });
  }

  async httpPid(): Promise<number> {
    const [pid = 0] = await descendants(this.#server.pid);
    return pid;
  }

  /** Whether an HTTP process has ended because of its storage, and the log says so. */
  hasLeft(pid: number): boolean {
    return this.#server.log().includes(`HTTP process ${pid} ended with code 74: starting another`);
  }

  /** The processes that a scenario traces: the HTTP process, those that render or probe, or both. */
  async pidsOf(scenario: FaultScenario): Promise<readonly number[]> {
    const [httpProcess = 0] = await descendants(this.#server.pid);
    if (scenario === "upload" || scenario === "sweep") return [httpProcess];
    const children = await descendants(httpProcess);
    return scenario === "probe" || scenario === "encode" ? children : [httpProcess, ...children];
  }

  /** Does the work of the scenario, several times at once. Returns each outcome. */
  async work(scenario: FaultScenario): Promise<readonly string[]> {
    if (scenario === "render" || scenario === "encode") {
      const widths = [1, 2, 3].map(() => 20 + this.#seed++);
      return await Promise.all([
        ...widths.map((width) => this.render(width)),
        this.render(10),
        this.original(this.#id),
      ]);
    }
    const kinds = ["small", "large", "form", "known"] as const;
    return await Promise.all(kinds.map((kind) => this.upload(kind)));
  }

  /** Uploads a picture. Returns `kept`, `broken off`, or the code of the problem. */
  async upload(kind: UploadKind): Promise<string> {
    const picture = await this.#picture(kind);
    return await this.#post(picture, kind === "form" ? formOf(picture) : picture);
  }

  async #post(picture: Uint8Array, body: BodyInit | null): Promise<string> {
    const answer = await this.#ask("/images", { method: "POST", body });
    if (!answer) return "broken off";
    const { id, code = "kept" } = JSON.parse(new TextDecoder().decode(answer.bytes)) as Answer;
    if (answer.status === 201 && id) this.acknowledged.set(id, picture);
    return outcomeOf(answer.status, code);
  }

  /** Sends bytes in two halves, and waits until the first is on disk. Returns `kept`, `broken off`, or the code of the problem. */
  async sendHalves(target: HalvesTarget, between: () => Promise<unknown>): Promise<string> {
    const picture = await this.#picture("large");
    const body = (bytes: Uint8Array) => inHalves(bytes, between);
    if (target === "upload") return await this.#post(picture, body(picture));
    const { path, headers } = TARGETS[target];
    const archive = target === "archive";
    const bytes = archive ? zipOf([{ name: "a.jpg", bytes: picture }]) : picture;
    const answer = await this.#ask(path, { method: "POST", body: body(bytes), headers });
    if (!answer) return "broken off";
    return answer.status < 300 ? "kept" : codeOf(answer);
  }

  /** Deletes the most recently uploaded image. */
  async removeLast(): Promise<void> {
    const id = [...this.acknowledged.keys()].at(-1) ?? "";
    expect((await this.#ask(`/images/${id}`, { method: "DELETE" }))?.status).toBe(204);
    this.acknowledged.delete(id);
  }

  /** Renders an image at a width. Returns `kept`, `broken off`, or the code of the problem. */
  async render(width: number): Promise<string> {
    const path = `/images/${this.#id}.png?resize=${width}x`;
    const answer = await this.#ask(path);
    if (!answer) return "broken off";
    if (answer.status !== 200) return codeOf(answer);
    const before = this.#rendered.get(path);
    if (before) expect(Buffer.compare(before, answer.bytes)).toBe(0);
    this.#rendered.set(path, answer.bytes);
    return "kept";
  }

  /** Requests an original. Returns `kept`, `broken off`, or the code of the problem. */
  async original(id: string): Promise<string> {
    const answer = await this.#ask(`/images/${id}`);
    if (!answer) return "broken off";
    if (answer.status !== 200) return codeOf(answer);
    expect({ id, order: Buffer.compare(answer.bytes, this.acknowledged.get(id) ?? Buffer.of()) }).toEqual({
      id,
      order: 0,
    });
    return "kept";
  }

  /** Waits until uploads and renders work again. */
  async recovered(name: string): Promise<void> {
    await this.until(`uploads work again after ${name}`, async () => (await this.upload("small")) === "kept");
    const width = 20 + this.#seed++;
    await this.until(`renders work again after ${name}`, async () => (await this.render(width)) === "kept");
  }

  /** Waits until a folder has exactly one file. Returns its path. */
  async only(folder: string): Promise<string> {
    let names: readonly string[] = [];
    await this.until(`a file is in ${folder}`, async () => (names = await readdir(folder)).length === 1);
    return join(folder, names[0] ?? "");
  }

  log(): string {
    return this.#server.log();
  }

  /** Returns the number of finished sweep rounds in the log. */
  sweeps(): number {
    return this.#server.log().split(/"msg":"(?:swept|Cannot sweep)/).length - 1;
  }

  async expectAllThere(): Promise<void> {
    for (const id of this.acknowledged.keys()) {
      const outcome = await this.original(id);
      expect({ id, outcome }).toEqual({ id, outcome: "kept" });
    }
  }

  /** Renders everything again: the results must be the same. */
  async expectSameRenders(): Promise<void> {
    for (const path of this.#rendered.keys()) {
      const width = Number(/=(\d+)x/.exec(path)?.[1]);
      // A busy machine may temporarily refuse one.
      await this.until(`${path} is rendered again`, async () => (await this.render(width)) === "kept");
    }
  }

  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const look = async () => (await isSo()) || this.#server.log().slice(-1_500);
    await until(what, look, DEADLINE_MILLISECONDS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  /** Returns an answer with all of its bytes; `null` if it breaks off. Uses a new connection. */
  async #ask(path: string, init: RequestInit = {}): Promise<Whole | null> {
    try {
      const response = await fetch(`${this.#server.url}${path}`, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), connection: "close" },
        signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
      });
      return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
    } catch (error) {
      if ((error as Error).name === "TimeoutError") throw error;
      return null;
    }
  }

  async #picture(kind: UploadKind): Promise<Uint8Array<ArrayBuffer>> {
    const known = this.acknowledged.get(this.#id);
    if (kind === "known" && known) return new Uint8Array(known);
    const [width, height] = SIZES[kind];
    return new Uint8Array(await noise(this.#seed++, width, height));
  }
}

/** A request whose body the HTTP process first writes to a file. */
export type HalvesTarget = "archive" | "service" | "upload";

const TARGETS = {
  archive: { path: "/images", headers: { "content-type": "application/zip", prefer: "respond-async" } },
  service: { path: "/transforms/grayscale?format=png", headers: { "content-type": "image/jpeg" } },
} as const;

function inHalves(bytes: Uint8Array, between: () => Promise<unknown>): ReadableStream<Uint8Array> {
  const half = bytes.length >> 1;
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes.subarray(0, half)),
    pull: async (controller) => {
      await between();
      controller.enqueue(bytes.subarray(half));
      controller.close();
    },
  });
}

interface Answer {
  readonly id?: string;
  readonly code?: string;
}

interface Whole {
  readonly status: number;
  readonly bytes: Uint8Array;
}

function codeOf({ status, bytes }: Whole): string {
  const { code = "none" } = JSON.parse(new TextDecoder().decode(bytes)) as Answer;
  return outcomeOf(status, code);
}

/** Client errors are listed with their status. */
function outcomeOf(status: number, code: string): string {
  return [201, 503, 507].includes(status) ? code : `${status} ${code}`;
}

function formOf(picture: Uint8Array<ArrayBuffer>): FormData {
  const form = new FormData();
  form.append("image", new Blob([picture]), "a.jpg");
  return form;
}
