import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { testFolder } from "@progimage/core/testing";
import sharp from "sharp";
import { runCommand } from "./testing_command.ts";
import { twoColours } from "./testing_pictures.ts";
import { startServer } from "./testing_server.ts";

const CORE = JSON.stringify(Bun.resolveSync("@progimage/core/plugin", import.meta.dir));

const PLUGIN = `
import { color, definePlugin, defineTransform, integer, ProgImageError, text } from ${CORE};

const settings = {
  ink: color({ default: "000000" }),
  border: integer({ min: 0, max: 9, default: 1 }),
  licence: text({ maxLength: 20, optional: true, secret: true }),
};
const frame = defineTransform({
  name: "frame",
  version: 1,
  summary: "Puts a border around it",
  params: {},
  check: () => {
    const found = Object.keys(process.env).filter((name) => name.startsWith("PROGIMAGE_PLUGIN_"));
    if (found.length > 0) throw new ProgImageError("invalid_parameter", found.join(", "));
  },
  size: ({ width, height }, _args, { settings: { border } }) => ({
    width: width + 2 * border,
    height: height + 2 * border,
  }),
  apply: (image, _args, { settings: { border, ink } }) =>
    image.extend({ top: border, left: border, right: border, bottom: border, background: "#" + ink }),
}, settings);

export default definePlugin({ name: "@acme/trial", namespace: "trial", settings, transforms: [frame] });
`;

describe("a server whose plugin has settings", () => {
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let settings: Readonly<Record<string, string>>;
  beforeAll(async () => {
    folder = await testFolder();
    await Bun.write(join(folder.path, "trial.ts"), PLUGIN);
    settings = { PROGIMAGE_PLUGINS: "./trial.ts", PROGIMAGE_PLUGINS_DIR: folder.path };
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  /** Renders with one server, and returns the outcome. */
  async function render(own: Readonly<Record<string, string>>) {
    await using server = await startServer({ settings: { ...settings, ...own } });
    const { id, width } = await server.client.images.upload(await twoColours());
    const response = await fetch(`${server.url}/images/${id}.png?trial.frame`);
    expect(response.status).toBe(200);
    const etag = response.headers.get("etag");
    const picture = sharp(await response.bytes());
    const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
    return { etag, border: (info.width - width) / 2, corner: [...data.subarray(0, 3)], log: server.log() };
  }

  test("renders with them, in a process that has no such variables, under a key of their own", async () => {
    const plain = await render({});
    expect(plain).toMatchObject({ border: 1, corner: [0, 0, 0] });
    const licence = "a-secret-of-ours";
    const set = await render({
      PROGIMAGE_PLUGIN_TRIAL_INK: "red",
      PROGIMAGE_PLUGIN_TRIAL_BORDER: "3",
      PROGIMAGE_PLUGIN_TRIAL_LICENCE: licence,
      PROGIMAGE_PLUGIN_TRIAL_BODER: "3",
    });
    expect(set).toMatchObject({ border: 3, corner: [255, 0, 0] });
    expect(set.etag).not.toBe(plain.etag);
    expect(set.log).toContain("Ignoring PROGIMAGE_PLUGIN_TRIAL_BODER: no plugin has such a setting");
    expect(set.log).not.toContain(licence);
  }, 60_000);

  test("does not start with wrong ones, says why, and shows no secret", async () => {
    const licence = "a-secret-that-is-much-too-long";
    const { code, errors, output } = await runCommand({
      ...settings,
      PROGIMAGE_PORT: "0",
      PROGIMAGE_DATA_DIR: join(folder.path, "data"),
      PROGIMAGE_PLUGIN_TRIAL_BORDER: "ten",
      PROGIMAGE_PLUGIN_TRIAL_LICENCE: licence,
    });
    expect([code, output]).toEqual([2, ""]);
    expect(errors.trim().split("\n")).toEqual([
      'Cannot use PROGIMAGE_PLUGIN_TRIAL_BORDER of plugin "@acme/trial" as it must be an integer from 0 to 9: it is "ten"',
      'Cannot use PROGIMAGE_PLUGIN_TRIAL_LICENCE of plugin "@acme/trial" as it must be a text of at most 20 characters: it is something else',
    ]);
  }, 60_000);
});
