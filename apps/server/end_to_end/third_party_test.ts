import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cp, realpath, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { CONTRACT_SHARP, CONTRACT_VERSION } from "@progimage/core/plugin";
import { testFolder, until } from "@progimage/core/testing";
import sharp from "sharp";
import type { HalftoneParams } from "../../../examples/plugin-print/client.ts";
import { noise, twoColours } from "./testing_pictures.ts";
import { startServer, type TestServer } from "./testing_server.ts";

const ROOT = join(import.meta.dir, "../../..");
const EXAMPLE = join(ROOT, "examples", "plugin-print");
const PLUGIN = "@acme/progimage-plugin-print";

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** Runs a command of Bun in a folder, as a user would. */
async function bun(folder: string, ...args: readonly string[]): Promise<Outcome> {
  const { PROGIMAGE_UPDATE_GOLDEN: _, ...env } = process.env;
  const child = Bun.spawn([process.execPath, ...args], { cwd: folder, env, stdout: "pipe", stderr: "pipe" });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, output: output + errors };
}

async function expectToRun(folder: string, ...args: readonly string[]): Promise<string> {
  const { code, output } = await bun(folder, ...args);
  if (code !== 0) throw new Error(`Cannot run bun ${args.join(" ")}: ${output}`);
  return output;
}

/** Packs the package of a folder. */
async function pack(folder: string, destination: string): Promise<string> {
  const output = await expectToRun(folder, "pm", "pack", "--quiet", "--destination", destination);
  const [name = ""] = output.match(/\S+\.tgz/) ?? [];
  return join(destination, basename(name));
}

/** Distinguishes an unreachable registry from a package that cannot be installed. */
const UNREACHABLE_REGEXP = /\w+ downloading |GET \S+ - (?:403|407|5\d\d)/;

/** The environment of a third party, which has only our packages. */
interface Outside extends AsyncDisposable {
  /** The packed packages. */
  readonly tarballs: { readonly core: string; readonly client: string; readonly plugin: string };
  /** The folder of the plugin's author: a copy of the example. */
  readonly author: string;
  /** The folder of an operator and of a user, where the plugin is installed. */
  readonly operator: string;
}

/** Returns `null` if no registry can be reached. */
async function moveOut(): Promise<Outside | null> {
  await using folders = new AsyncDisposableStack();
  const { path } = folders.use(await testFolder());
  const [author, operator] = [join(path, "author"), join(path, "operator")];
  const core = await pack(join(ROOT, "packages", "core"), path);
  const client = await pack(join(ROOT, "packages", "client"), path);
  const unpublished = { "@progimage/client": client, "@progimage/core": core };
  await cp(EXAMPLE, author, { recursive: true, filter: (from) => basename(from) !== "node_modules" });
  const manifest = await Bun.file(join(EXAMPLE, "package.json")).json();
  await Bun.write(join(author, "package.json"), JSON.stringify({ ...manifest, overrides: unpublished }));
  const plugin = await pack(EXAMPLE, path);
  const dependencies = {
    ...unpublished,
    [PLUGIN]: plugin,
    "@types/bun": manifest.devDependencies["@types/bun"],
  };
  await Bun.write(join(operator, "package.json"), JSON.stringify({ private: true, dependencies }));
  for (const folder of [author, operator]) {
    const { code, output } = await bun(folder, "install", "--prefer-offline");
    if (code === 0) continue;
    if (!UNREACHABLE_REGEXP.test(output)) throw new Error(`Cannot install in ${basename(folder)}: ${output}`);
    console.warn(
      "Skipped: the packages of a third party's folder come from a registry, which cannot be reached",
    );
    return null;
  }
  const kept = folders.move();
  const tarballs = { core, client, plugin };
  return { tarballs, author, operator, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

const outside = await moveOut();

describe.skipIf(outside === null)("a third party's plugin", () => {
  const { author = "", operator = "", tarballs = { core: "", client: "", plugin: "" } } = outside ?? {};
  afterAll(() => outside?.[Symbol.asyncDispose]());

  describe("for its author", () => {
    test("our packages contain all files that they name, and no workspace specifier", async () => {
      for (const tarball of [tarballs.core, tarballs.client]) {
        const files = await unpack(tarball);
        const manifest = JSON.parse(files.get("package/package.json") ?? "{}");
        expect(JSON.stringify(manifest)).not.toMatch(/"(?:workspace|catalog):/);
        const named =
          typeof manifest.exports === "string" ? [manifest.exports] : Object.values(manifest.exports);
        for (const file of named) expect([...files.keys()]).toContain(join("package", String(file)));
        for (const [path, text] of files) {
          if (/_test\.ts$|\.config\.ts$/.test(path)) continue;
          for (const [, file = ""] of text.matchAll(/\bfrom "(\.{1,2}\/[^"]+)"/g))
            expect([...files.keys()]).toContain(join(path, "..", file));
        }
      }
    });

    test("its own package contains the files that it needs, and no others", async () => {
      const files = [...(await unpack(tarballs.plugin)).keys()].map((path) => path.slice("package/".length));
      expect(files.toSorted()).toEqual([
        "LICENSE",
        "README.md",
        "client.ts",
        "fade.ts",
        "halftone.ts",
        "ink.ts",
        "mod.ts",
        "package.json",
        "polaroid.ts",
        "press.ts",
        "screen.ts",
      ]);
    });

    test("its types are correct under its own compiler settings", async () => {
      expect(await bun(author, "check")).toEqual({
        code: 0,
        output: expect.stringContaining("No type errors"),
      });
    });

    test("its own tests pass, the contract's among them", async () => {
      const { code, output } = await bun(author, "test", "--timeout", "60000");
      expect(output).toContain("as a plugin > print.halftone=5 does its work on every kind of image");
      expect(output).toContain("gives what its golden images show > print.polaroid");
      expect(output).toMatch(/\n\s*0 fail\n/);
      expect(code).toBe(0);
    }, 180_000);

    test("the contract fails for a transform that lies about its size", async () => {
      await Bun.write(
        join(author, "lie", "lie_test.ts"),
        `import { definePlugin, defineTransform } from "@progimage/core/plugin";
         import { pluginContract } from "@progimage/core/testing";
         pluginContract(definePlugin({ name: "lie", namespace: "lie", transforms: [defineTransform({
           name: "lie", version: 1, summary: "Lies", params: {}, apply: (image) => image.resize(5, 5),
         })] }));`,
      );
      const { code, output } = await bun(author, "test", "./lie");
      expect(code).toBe(1);
      expect(output).toContain("(fail) lie as a plugin > lie.lie does its work on every kind of image");
    });

    test.each([
      ["no namespace", "undefined", "it must have a namespace"],
      ["a misspelt key", '"odd", setings: {}', 'it has no key "setings": did you mean "settings"?'],
      ["a setting that must be set", '"odd", settings: { key: text() }', "PROGIMAGE_PLUGIN_ODD_KEY"],
    ])("the contract fails for a plugin with %s", async (_what, namespace, reason) => {
      await Bun.write(
        join(author, "odd", "odd_test.ts"),
        `import { definePlugin, text } from "@progimage/core/plugin";
         import { pluginContract } from "@progimage/core/testing";
         const odd = { name: "odd", transforms: [], namespace: ${namespace} };
         pluginContract(definePlugin(odd)); void text;`,
      );
      const { code, output } = await bun(author, "test", "./odd");
      expect(code).toBe(1);
      expect(output).toContain(reason);
      expect(output).toContain("(fail) odd as a plugin > can be loaded by a server");
    });
  });

  describe("for users of the client", () => {
    const USE = `import { ProgImage } from "@progimage/client";
import "${PLUGIN}/client";
const image = new ProgImage({ baseUrl: "http://127.0.0.1:3000" }).image("0197f3a0-1b2c-7d3e-8f40-123456789abc");
`;
    const check = async (...lines: readonly string[]) => {
      await Bun.write(join(operator, "use.ts"), USE + lines.join("\n"));
      const { code, output } = await bun(operator, "check", "use.ts");
      const wrong = [...output.matchAll(/^use\.ts[:(](\d+)/gm)].map((match) => Number(match[1]) - 3);
      return { code, wrong: [...new Set(wrong)] };
    };
    beforeAll(() => cp(join(EXAMPLE, "tsconfig.json"), join(operator, "tsconfig.json")));

    test("correct calls compile", async () => {
      const right = [
        'image.apply("print.halftone", { pitch: 6, shape: "line", invert: true }).resize({ width: 100 }).webp();',
        'image.apply("print.polaroid").apply("print.fade", { amount: 0.3 }).url();',
      ];
      expect(await check(...right)).toEqual({ code: 0, wrong: [] });
    });

    test("wrong calls do not compile", async () => {
      const wrong = [
        'image.apply("print.halftone", { pitch: "6" });',
        'image.apply("print.halftone", { ptich: 6 });',
        'image.apply("print.halftone", { shape: "square" });',
        'image.apply("print.halftoon");',
      ];
      expect(await check(...wrong)).toEqual({ code: 1, wrong: [1, 2, 3, 4] });
    });
  });

  describe("in a server", () => {
    let server: TestServer;
    let png: Buffer;
    let id: string;
    beforeAll(async () => {
      server = await startServer({
        settings: {
          PROGIMAGE_PLUGINS: PLUGIN,
          PROGIMAGE_PLUGINS_DIR: operator,
          PROGIMAGE_SHORT_NAMES: "dots=print.halftone",
        },
      });
      png = await twoColours();
      ({ id } = await server.client.images.upload(png));
    });
    afterAll(() => server[Symbol.asyncDispose]());

    const post = (path: string, posted: Uint8Array | FormData | string, type?: string) => {
      const body = posted instanceof Uint8Array ? new Uint8Array(posted) : posted;
      const headers: Record<string, string> = type === undefined ? {} : { "content-type": type };
      return fetch(`${server.url}${path}`, { method: "POST", body, headers });
    };

    test("uses a copy of core that is not the server's", async () => {
      const theirs = await realpath(join(operator, "node_modules", "@progimage", "core", "plugin.ts"));
      expect(theirs).not.toBe(await realpath(Bun.resolveSync("@progimage/core/plugin", import.meta.dir)));
      expect(Bun.resolveSync("@progimage/core/plugin", join(operator, "node_modules", PLUGIN))).toBe(theirs);
    });

    test("is in the catalogue", async () => {
      const transforms = await server.client.transforms.list();
      const own = transforms.filter(({ plugin }) => plugin === PLUGIN);
      expect(own.map(({ name }) => name)).toEqual(["print.fade", "print.halftone", "print.polaroid"]);
      expect(own[1]).toMatchObject({
        version: 1,
        shorthand: "pitch",
        params: { properties: { pitch: { type: "number", minimum: 2, maximum: 500, default: 8 } } },
      });
    });

    test("is in the documentation of the API, in URLs of images and as a service", async () => {
      const { paths } = await (await fetch(`${server.url}/swagger/json`)).json();
      const names = (operation: { parameters: { name: string }[] }) =>
        operation.parameters.map(({ name }) => name);
      expect(names(paths["/images/{id}.{ext}"].get)).toContain("print.halftone");
      expect(names(paths["/transforms/print.halftone"].post)).toEqual(
        expect.arrayContaining(["pitch", "angle", "shape", "color", "background", "invert", "image"]),
      );
      expect(paths["/transforms/print.polaroid"].post.summary).toBe(
        "Puts the image on the card of an instant camera",
      );
    });

    test("gives the same by a URL, as a service, as JSON and by the client", async () => {
      const got = await fetch(
        `${server.url}/images/${id}.png?print.polaroid=0.1,background:gold&print.halftone=4`,
      );
      expect(got.status).toBe(200);
      const bytes = await got.bytes();
      expect(await sharp(bytes).metadata()).toMatchObject({ width: 44, height: 30, format: "png" });
      const { data } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
      expect(new Set(data.filter((_, index) => index % 4 < 3)).size).toBeGreaterThan(1);

      const polaroid = { transform: "print.polaroid", border: 0.1, background: "gold" };
      const recipe = {
        source: id,
        format: "png",
        steps: [polaroid, { transform: "print.halftone", pitch: 4 }],
      };
      const rendered = await post("/render", JSON.stringify(recipe), "application/json");
      expect(await rendered.bytes()).toEqual(bytes);

      const dots: HalftoneParams = { pitch: 4 };
      const handle = server.client.image(id).apply("print.polaroid", { border: 0.1, background: "gold" });
      expect(await handle.apply("print.halftone", dots).png().bytes()).toEqual(bytes);

      const first = await post(
        "/transforms/print.polaroid?border=0.1&background=gold&format=png",
        png,
        "image/png",
      );
      const second = await post(
        "/transforms/print.halftone?pitch=4&format=png",
        Buffer.from(await first.bytes()),
        "image/png",
      );
      expect(await second.bytes()).toEqual(bytes);
    });

    test("is also found by a short name of the operator's, with the same result", async () => {
      const etagOf = async (step: string) =>
        (await fetch(`${server.url}/images/${id}.png?${step}`)).headers.get("etag");
      const etag = await etagOf("print.halftone=9");
      expect(etag).toBeString();
      expect(await etagOf("dots=9")).toBe(etag);
      const bare = await fetch(`${server.url}/images/${id}.png?halftone=9`);
      expect(await bare.json()).toMatchObject({ code: "unknown_transform", suggestion: "print.halftone" });
      const served = await post("/transforms/dots?pitch=9&format=png", png, "image/png");
      expect(served.status).toBe(200);
      const [, described] = (await server.client.transforms.list()).filter(({ plugin }) => plugin === PLUGIN);
      expect(described).toMatchObject({ name: "print.halftone", shortNames: ["dots"] });
    });

    test("computes its formula", async () => {
      const tones = await sharp({ create: { width: 8, height: 8, channels: 3, background: "#000000" } })
        .png()
        .toBuffer();
      const response = await post("/transforms/print.fade?amount=1&format=png", tones, "image/png");
      const [red, green, blue] = await sharp(await response.bytes())
        .raw()
        .toBuffer();
      expect([red, green, blue]).toEqual([64, 64, 64]);
    });

    test("works with another image, by its id and as a part of a form", async () => {
      const { id: tile } = await server.client.images.upload(await noise(3));
      const byId = await fetch(`${server.url}/images/${id}.png?print.halftone=8,image:${tile}`);
      expect(byId.status).toBe(200);
      const plain = await fetch(`${server.url}/images/${id}.png?print.halftone=8`);
      expect(await byId.bytes()).not.toEqual(await plain.bytes());
      const steps = [{ transform: "print.halftone", pitch: 8, image: "@tile" }];
      const parts = new FormData();
      parts.append("recipe", JSON.stringify({ steps, format: "png" }));
      parts.append("image", new Blob([new Uint8Array(png)]), "a.png");
      parts.append("tile", new Blob([new Uint8Array(await noise(3))]), "tile.jpg");
      const byPart = await post("/render", parts);
      expect(byPart.status).toBe(200);
      const again = await fetch(`${server.url}/images/${id}.png?print.halftone=8,image:${tile}`);
      expect(await byPart.bytes()).toEqual(await again.bytes());
    });

    test.each([
      ["print.halftone", "pitch", 1, "from 2 to 500"],
      ["print.halftone", "angle", "steep", "a number"],
      ["print.halftone", "shape", "rund", "one of round, diamond, line"],
      ["print.halftone", "ptich", 4, 'did you mean "pitch"'],
      ["print.polaroid", "background", "nocolor", "colour"],
      // Thrown by the plugin's own copy of core.
      ["print.halftone", "color", "fff", "must differ"],
    ])("%s with a wrong %s is a 400 that names it", async (transform, parameter, value, reason) => {
      const step = { transform, [parameter]: value };
      for (const response of [
        await fetch(`${server.url}/images/${id}.png?${transform}=${parameter}:${value}`),
        await post(`/transforms/${transform}?${parameter}=${value}`, png, "image/png"),
        await post("/render", JSON.stringify({ source: id, steps: [step] }), "application/json"),
      ]) {
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({
          code: expect.stringMatching(/^(?:invalid|unknown)_parameter$/),
          parameter: expect.stringMatching(new RegExp(`^(?:steps/0/)?${parameter}$`)),
          detail: expect.stringContaining(reason),
        });
      }
    });
  });

  describe("that misbehaves", () => {
    let server: TestServer;
    let id: string;
    beforeAll(async () => {
      await Bun.write(join(operator, "rogue.ts"), ROGUE);
      server = await startServer({
        settings: {
          PROGIMAGE_PLUGINS: `${PLUGIN},./rogue.ts`,
          PROGIMAGE_PLUGINS_DIR: operator,
          PROGIMAGE_RENDER_PROCESSES: "2",
          PROGIMAGE_RENDER_DEADLINE_MS: "1000",
          PROGIMAGE_QUEUE_WAIT_MS: "30000",
          PROGIMAGE_RENDER_MEMORY_BYTES: "1073741824",
        },
      });
      ({ id } = await server.client.images.upload(await twoColours()));
    });
    afterAll(() => server[Symbol.asyncDispose]());

    const rogue = async (act: string) => {
      const response = await fetch(`${server.url}/images/${id}.png?rogue.rogue=${act}`);
      const { code, detail } = (await response.json()) as { readonly code: string; readonly detail: string };
      return { status: response.status, code, detail, retryAfter: response.headers.get("retry-after") };
    };
    const BUSY = { status: 503, code: "busy", retryAfter: "1" };
    const TOO_COSTLY = { status: 422, code: "too_costly" };
    let renders = 0;
    /** Renders a recipe that was not requested before. */
    const expectOthersToGoOn = async () => {
      const response = await fetch(
        `${server.url}/images/${id}.png?print.halftone=8,angle:${++renders / 1_000}`,
      );
      expect(response.status).toBe(200);
      expect((await response.bytes()).length).toBeGreaterThan(50);
    };
    const faultsIn = (log: string) =>
      log
        .split("\n")
        .filter((line) => line.includes(`"transform":"rogue.rogue"`))
        .join("\n");
    /** The server writes its log with a delay. */
    const expectFault = async (words: string) => {
      const look = () => faultsIn(server.log()).includes(words) || faultsIn(server.log());
      await until(`the log has ${words}`, look);
      for (const line of faultsIn(server.log()).split("\n")) {
        expect(line.match(/"pid":/g)).toHaveLength(1);
        expect(JSON.parse(line)).toMatchObject({
          requestId: expect.any(String),
          renderPid: expect.any(Number),
        });
      }
    };

    test("loops: it is stopped at its CPU limit, and refused from then on", async () => {
      const loop = { isOver: false };
      const looping = rogue("loop").finally(() => (loop.isOver = true));
      let others = 0;
      for (; !loop.isOver; others++) await expectOthersToGoOn();
      expect(others).toBeGreaterThan(5);
      expect(await looping).toMatchObject(TOO_COSTLY);
      await expectFault("cpu");
      expect(await rogue("loop")).toMatchObject(TOO_COSTLY);
      const start = performance.now();
      expect(await rogue("loop")).toMatchObject(TOO_COSTLY);
      expect(performance.now() - start).toBeLessThan(1_000);
      await expectOthersToGoOn();
    });

    test("throws: the answer names its transform, and the log has its message", async () => {
      for (const _ of [1, 2, 3]) {
        const problem = await rogue("throw");
        expect(problem).toMatchObject({ status: 500, code: "plugin_failed" });
        expect(problem.detail).toContain('"rogue.rogue"');
        expect(problem.detail).not.toContain("own words");
      }
      expect(server.log()).toContain("own words");
      await expectOthersToGoOn();
    });

    test("throws a value that is not an error: the same", async () => {
      expect(await rogue("throwNothing")).toMatchObject({ status: 500, code: "plugin_failed" });
      await expectOthersToGoOn();
    });

    test("never settles its promise: it times out, but uses no CPU and may be tried again", async () => {
      expect(await rogue("wait")).toMatchObject(BUSY);
      await expectFault("stuck");
      await expectOthersToGoOn();
    });

    test("exits: it costs one request, and is refused from the second time on", async () => {
      const others = Array.from({ length: 5 }, expectOthersToGoOn);
      expect(await rogue("exit")).toMatchObject(BUSY);
      await Promise.all(others);
      await expectFault("crash");
      expect(await rogue("exit")).toMatchObject(TOO_COSTLY);
      await expectOthersToGoOn();
    });

    test("eats memory: it is stopped, and others go on", async () => {
      const eating = rogue("eat");
      const others = Array.from({ length: 5 }, expectOthersToGoOn);
      expect(await eating).toMatchObject(TOO_COSTLY);
      await Promise.all(others);
      expect(await rogue("eat")).toMatchObject(TOO_COSTLY);
      await expectOthersToGoOn();
    });

    test.each(["extract", "nothing"])("%s: asks sharp for the impossible, a 500", async (act) => {
      expect(await rogue(act)).toMatchObject({ status: 500, code: "plugin_failed" });
      await expectOthersToGoOn();
    });

    test("prints: into the log, where it does no harm", async () => {
      const headers = { "x-request-id": "of-the-print" };
      expect((await fetch(`${server.url}/images/${id}.png?rogue.rogue=print`, { headers })).status).toBe(200);
      const printed = () =>
        server
          .log()
          .split("\n")
          .filter((line) => line.includes("printed by a plugin"));
      await until("the words of the plugin are logged", () => printed().length > 0);
      expect(printed().map((line) => JSON.parse(line) as unknown)).toMatchObject([
        { output: expect.any(String), requestId: "of-the-print", renderPid: expect.any(Number) },
      ]);
      await expectOthersToGoOn();
    });
  });
});

/** Returns the files of a packed package, by path. */
async function unpack(tarball: string): Promise<ReadonlyMap<string, string>> {
  const list = Bun.spawnSync(["tar", "-tzf", tarball]).stdout.toString().trim().split("\n");
  return new Map(
    list.map((path) => [path, Bun.spawnSync(["tar", "-xzOf", tarball, path]).stdout.toString()] as const),
  );
}

const ROGUE = `
import { choice, definePlugin, defineTransform } from "@progimage/core/plugin";

const ACTS = ["loop", "wait", "throw", "throwNothing", "exit", "eat", "extract", "nothing", "print"] as const;

export default definePlugin({
  name: "rogue",
  namespace: "rogue",
  transforms: [
    defineTransform({
      name: "rogue",
      version: 1,
      summary: "Behaves badly",
      params: { act: choice(ACTS) },
      shorthand: "act",
      apply: (image, { act }) => {
        switch (act) {
          case "loop":
            for (;;) continue;
          case "wait":
            return new Promise(() => {});
          case "throw":
            throw new Error("a plugin's own words");
          case "throwNothing":
            throw undefined;
          case "exit":
            return process.exit(3);
          case "eat": {
            const eaten = [];
            for (;;) eaten.push(new Uint8Array(16_000_000).fill(1));
          }
          case "extract":
            return image.extract({ left: 0, top: 0, width: 9999, height: 9999 });
          case "nothing":
            return undefined as never;
          case "print":
            console.log("printed by a plugin");
            return image;
        }
      },
    }),
  ],
});
`;

describe("docs/plugins.md", () => {
  const page = Bun.file(join(ROOT, "docs", "plugins.md")).text();
  const snippets = page.then((text) =>
    [...text.matchAll(/^```(ts|json)\n(.*?)^```$/gms)].map(([, language = "", code = ""]) => ({
      language,
      code,
      file: /^\/\/ ([\w.]+)\n/.exec(code)?.[1] ?? null,
    })),
  );

  test("shows files of the example as they are", async () => {
    const shown = (await snippets).filter(({ file }) => file !== null);
    expect(shown.map(({ file }) => file).toSorted()).toEqual(["client.ts", "fade.ts", "polaroid.ts"]);
    for (const { file, code } of shown) {
      const text = await Bun.file(join(EXAMPLE, file ?? "")).text();
      expect(code.slice(code.indexOf("\n") + 1)).toBe(text);
    }
  });

  test("shows the manifest of the example", async () => {
    const json = (await snippets).find(({ language }) => language === "json");
    const { keywords, ...manifest } = JSON.parse(json?.code ?? "{}");
    const example = await Bun.file(join(EXAMPLE, "package.json")).json();
    expect(example).toMatchObject(manifest);
    expect(example.keywords).toEqual(expect.arrayContaining(keywords));
  });

  test("shows other code that compiles, and transforms that keep to the contract", async () => {
    await using folder = await testFolder();
    const codes = (await snippets).filter(({ language, file }) => language === "ts" && file === null);
    const { compilerOptions } = await Bun.file(join(EXAMPLE, "tsconfig.json")).json();
    const paths = { [`${PLUGIN}/client`]: [join(EXAMPLE, "client.ts")] };
    const settings = { compilerOptions: { ...compilerOptions, noUncheckedIndexedAccess: true, paths } };
    await Bun.write(join(folder.path, "tsconfig.json"), JSON.stringify(settings));
    await symlink(join(import.meta.dir, "..", "node_modules"), join(folder.path, "node_modules"));
    const { files } = await Bun.file(join(EXAMPLE, "package.json")).json();
    for (const name of files) await cp(join(EXAMPLE, name), join(folder.path, name));
    const names: string[] = [];
    for (const [index, { code }] of codes.entries()) {
      const isTest = code.includes("bun:test");
      await Bun.write(join(folder.path, `snippet_${index}${isTest ? "_test" : ""}.ts`), code);
      const [, name] = /^export const (\w+) = defineTransform/m.exec(code) ?? [];
      if (name === undefined) continue;
      names.push(name);
      const test = `import { definePlugin, type Params } from "@progimage/core/plugin";
import { pluginContract } from "@progimage/core/testing";
import * as snippet from "./snippet_${index}.ts";
const { settings } = snippet as { settings?: Params };
pluginContract(definePlugin({ name: "${name}", namespace: "print", settings, transforms: [snippet.${name}] }));
`;
      await Bun.write(join(folder.path, `${name}_test.ts`), test);
    }
    expect(names).toEqual([
      "poster",
      "vignette",
      "scanlines",
      "underlay",
      "spotlight",
      "avatar",
      "draft",
      "rule",
    ]);
    expect(await bun(folder.path, "check")).toMatchObject({ code: 0 });
    const { code, output } = await bun(folder.path, "test", "--timeout", "60000");
    expect({ code, failed: output.match(/^\(fail\).*|^error: .*/gm) }).toEqual({ code: 0, failed: null });
    for (const name of names) expect(output).toContain(`${name} as a plugin > every transform is tried`);
    expect(output).toContain("polaroid after polaroid has two cards");
  }, 180_000);

  test("has every field of a transform, every stage, every kind of parameter and the version of the contract", async () => {
    const text = await page;
    const contract = await Bun.file(join(ROOT, "packages/core/transform/contract/transform.ts")).text();
    const [, options = ""] = /interface TransformOptions<.*?> \{(.*?)^\}/ms.exec(contract) ?? [];
    const [, pixels = ""] = /interface PixelTransform<.*?> extends .*? \{(.*?)^\}/ms.exec(contract) ?? [];
    const fields = [...(options + pixels).matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map(
      (match) => match[1],
    );
    expect(fields).toContain("scaledSize");
    for (const field of fields) expect(text).toContain(`\`${field}\``);
    const stages = await Bun.file(join(ROOT, "packages/core/transform/planning/stages.ts")).text();
    const [, positions = ""] = /STAGE_POSITIONS = \{(.*?)^\}/ms.exec(stages) ?? [];
    const names = [...positions.matchAll(/^ {2}(\w+):/gm)].map((match) => match[1]);
    expect(names).toContain("quarterTurn");
    for (const name of names) expect(text).toMatch(new RegExp(`\\| \`${name}\` +\\|`));
    for (const kind of [
      "number",
      "integer",
      "boolean",
      "choice",
      "color",
      "length",
      "text",
      "image",
      "point",
      "list",
      "box",
    ])
      expect(text).toMatch(new RegExp(`\`${kind}\\(`));
    expect(text).toContain(`contract version is ${CONTRACT_VERSION}`);
    expect(text).toContain(`sharp ${CONTRACT_SHARP}`);
  });
});
