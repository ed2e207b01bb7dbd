import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type TestFolder, testFolder } from "@progimage/core/testing";
import { type Config, readConfig } from "../settings/config.ts";
import { composeSecrets } from "./compose_secrets.ts";

const LONG = "a secret of more than thirty-two bytes";
const OTHER = "another secret of more than that many";

describe("composeSecrets()", () => {
  let folder: TestFolder;

  beforeEach(async () => {
    folder = await testFolder();
  });

  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
  });

  function configOf(variables: Readonly<Record<string, string>> = {}): Config {
    return readConfig({ PROGIMAGE_ACCESS: "keys", PROGIMAGE_DATA_DIR: folder.path, ...variables });
  }

  test("makes one beside SQLite that only this user can read, and keeps it", async () => {
    const [secret = ""] = await composeSecrets(configOf());
    expect(Buffer.from(secret, "base64url").length).toBe(32);
    expect((await stat(join(folder.path, "db", "secret"))).mode & 0o777).toBe(0o600);
    expect(await composeSecrets(configOf())).toEqual([secret]);
    expect(await readdir(join(folder.path, "db"))).toEqual(["secret"]);
  });

  test("of servers that start at once, gives all the same", async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => composeSecrets(configOf())));
    expect(new Set(all.flat()).size).toBe(1);
    expect(await readdir(join(folder.path, "db"))).toEqual(["secret"]);
  });

  test("takes those of the setting, or of the file that it names, in their order", async () => {
    expect(await composeSecrets(configOf({ PROGIMAGE_SECRET: `${LONG}, ${OTHER}` }))).toEqual([LONG, OTHER]);
    const file = join(folder.path, "mine");
    await Bun.write(file, `${OTHER}\n${LONG}\n`);
    expect(await composeSecrets(configOf({ PROGIMAGE_SECRET_FILE: file }))).toEqual([OTHER, LONG]);
  });

  test("refuses a file without a usable secret, and does not show it", async () => {
    const file = join(folder.path, "mine");
    const wrong = async () => await composeSecrets(configOf({ PROGIMAGE_SECRET_FILE: file })).catch(String);
    const advice = "put the secret into this file, and let this user read it";
    const unread = (path: string, code: string) =>
      `ConfigError: Cannot use PROGIMAGE_SECRET_FILE ${path} as it cannot be read (${code}): ${advice}`;
    expect(await wrong()).toBe(unread(file, "ENOENT"));
    const folderOf = configOf({ PROGIMAGE_SECRET_FILE: folder.path });
    expect(await composeSecrets(folderOf).catch(String)).toBe(unread(folder.path, "EISDIR"));
    await Bun.write(file, "too short");
    expect(await wrong()).toMatch(/PROGIMAGE_SECRET_FILE .* at least 32 bytes/);
    expect(await wrong()).not.toContain("too short");
    await Bun.write(file, "\n");
    expect(await wrong()).toContain("has no secret");
  });

  test("needs a setting where machines share the images", async () => {
    const s3 = {
      PROGIMAGE_S3_ENDPOINT: "http://s3",
      PROGIMAGE_S3_BUCKET: "abc",
      PROGIMAGE_S3_STANDARD_CREDENTIALS: "true",
    };
    const postgres = { PROGIMAGE_DATABASE_URL: "postgres://a:b@c/d" };
    for (const place of [s3, postgres])
      await expect(composeSecrets(configOf(place))).rejects.toThrow(/without PROGIMAGE_SECRET/);
  });

  test("makes and needs none in mode open", async () => {
    const config = readConfig({
      PROGIMAGE_DATA_DIR: folder.path,
      PROGIMAGE_DATABASE_URL: "postgres://a:b@c/d",
    });
    expect(await composeSecrets(config)).toEqual([]);
    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe("readConfig()", () => {
  test("refuses a short secret without showing it, and two places of secrets", () => {
    const problem = (variables: Readonly<Record<string, string>>) => {
      try {
        readConfig(variables);
        return "";
      } catch (error) {
        return String(error);
      }
    };
    const short = problem({ PROGIMAGE_SECRET: `${LONG},hunter2` });
    expect(short).toMatch(/PROGIMAGE_SECRET .* at least 32 bytes/);
    expect(short).not.toContain("hunter2");
    expect(problem({ PROGIMAGE_SECRET: LONG, PROGIMAGE_SECRET_FILE: "x" })).toContain(
      "beside PROGIMAGE_SECRET_FILE",
    );
  });
});
