import { describe, expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { hashSecret, newKeyText, writeKeyText } from "@progimage/core";
import { testFolder } from "@progimage/core/testing";
import { ConfigError, readConfig, removeSecrets, SETTINGS, unknownVariables } from "./config.ts";
import { configurationPage, helpText } from "../program/help.ts";

describe("readConfig()", () => {
  test("has a default for everything", () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      host: "127.0.0.1",
      port: 3000,
      access: "open",
      maxUploadBytes: 100_000_000,
      debug: false,
    });
    expect(config.fsDir).toBe(resolve("data/fs"));
  });

  test("reads numbers, flags, lists and folders", () => {
    const config = readConfig({
      PROGIMAGE_PORT: "0",
      PROGIMAGE_MAX_UPLOAD_BYTES: "300_000_000",
      PROGIMAGE_DEBUG: "true",
      PROGIMAGE_PLUGINS: "@acme/one, ./two.ts,",
      PROGIMAGE_SHORT_NAMES: "dots=print.halftone, fade=print.fade",
      PROGIMAGE_DATA_DIR: "/state",
      PROGIMAGE_DB_DIR: "/fast/db",
      PROGIMAGE_PUBLIC_URL: "https://images.example.com/base/",
    });
    expect(config).toMatchObject({
      port: 0,
      maxUploadBytes: 300_000_000,
      debug: true,
      plugins: ["@acme/one", "./two.ts"],
      shortNames: new Map([
        ["dots", "print.halftone"],
        ["fade", "print.fade"],
      ]),
    });
    expect([config.fsDir, config.dbDir, config.tmpDir]).toEqual([
      "/state/fs",
      "/fast/db",
      join("/state", "tmp"),
    ]);
    expect(config.publicUrl).toBe("https://images.example.com/base");
  });

  test("reads names of hosts, and refuses what is no name", () => {
    const read = (value: string) => readConfig({ PROGIMAGE_ALLOWED_HOSTS: value }).allowedHosts;
    expect(read("Images.internal, *.example.com,progimage")).toEqual([
      "images.internal",
      "*.example.com",
      "progimage",
    ]);
    expect(read("*")).toEqual(["*"]);
    for (const value of ["http://a.example", "a.example:80", "*a.example", "*.", "a..b", "[::1]"])
      expect(() => read(value)).toThrow("PROGIMAGE_ALLOWED_HOSTS");
  });

  test("reads addresses of proxies, and refuses what is none", () => {
    const read = (value: string) => readConfig({ PROGIMAGE_TRUSTED_PROXIES: value }).trustedProxies;
    const shown = (value: string) => read(value).map(([network, bits]) => `${network.toString()}/${bits}`);
    expect(shown("10.0.0.5, 2001:db8::/32")).toEqual(["10.0.0.5/32", "2001:db8::/32"]);
    expect(shown("")).toEqual(["127.0.0.0/8", "::1/128"]);
    expect(read("none")).toEqual([]);
    for (const value of ["proxy.example", "10.0.0.0/40", "10.0.0.5:80", "loopback,none"])
      expect(() => read(value)).toThrow("PROGIMAGE_TRUSTED_PROXIES");
  });

  test("requires an issuer and an audience with the keys of JSON Web Tokens", () => {
    const url = { PROGIMAGE_JWKS_URL: "https://login.example.com/jwks.json" };
    const claims = { PROGIMAGE_JWT_ISSUER: "https://login.example.com", PROGIMAGE_JWT_AUDIENCE: "images" };
    expect(() => readConfig(url)).toThrow("without PROGIMAGE_JWT_ISSUER and PROGIMAGE_JWT_AUDIENCE");
    expect(() => readConfig(claims)).toThrow("without PROGIMAGE_JWKS_URL");
    expect(readConfig({ PROGIMAGE_ACCESS: "keys", ...url, ...claims }).jwtAudience).toBe("images");
    expect(() => readConfig({ ...url, ...claims })).toThrow("PROGIMAGE_JWKS_URL with PROGIMAGE_ACCESS=open");
  });

  test("answers for every host in mode keys, unless hosts are listed", () => {
    const keys = { PROGIMAGE_ACCESS: "keys" };
    expect(readConfig(keys).allowedHosts).toEqual(["*"]);
    expect(readConfig({ ...keys, PROGIMAGE_ALLOWED_HOSTS: "a.example" }).allowedHosts).toEqual(["a.example"]);
    expect(readConfig({}).allowedHosts).toEqual([]);
  });

  test("refuses settings of access that have no effect", async () => {
    await using folder = await testFolder();
    const key = writeKeyText(newKeyText());
    const path = join(folder.path, "key");
    await Bun.write(path, key);
    for (const [variables, named] of [
      [{ PROGIMAGE_ADMIN_KEY: key }, "PROGIMAGE_ADMIN_KEY with PROGIMAGE_ACCESS=open"],
      [{ PROGIMAGE_ADMIN_KEY_FILE: path }, "PROGIMAGE_ADMIN_KEY_FILE with PROGIMAGE_ACCESS=open"],
      [{ PROGIMAGE_DELIVERY: "public" }, "PROGIMAGE_DELIVERY"],
      [{ PROGIMAGE_PUBLIC_ORIGINALS: "true" }, "PROGIMAGE_PUBLIC_ORIGINALS"],
      [{ PROGIMAGE_ACCESS: "keys", PROGIMAGE_PUBLIC_ORIGINALS: "true" }, "PROGIMAGE_PUBLIC_ORIGINALS"],
    ] as const)
      expect(() => readConfig(variables)).toThrow(named);
    const presets = { PROGIMAGE_DELIVERY: "presets", PROGIMAGE_PUBLIC_ORIGINALS: "true" };
    expect(readConfig({ PROGIMAGE_ACCESS: "keys", ...presets }).publicOriginals).toBe(true);
    expect(readConfig({ PROGIMAGE_ACCESS: "keys" }).delivery).toBe("signed");
  });

  test("keeps the hash of an admin key, from the environment or a file, and shows it in no error", async () => {
    await using folder = await testFolder();
    const path = join(folder.path, "key");
    const key = newKeyText();
    await Bun.write(path, `${writeKeyText(key)}\n`);
    const readKeyed = (variables: Readonly<Record<string, string>>) =>
      readConfig({ PROGIMAGE_ACCESS: "keys", ...variables });
    const expected = { id: key.id, secretHash: hashSecret(key.secret) };
    expect(readKeyed({ PROGIMAGE_ADMIN_KEY: writeKeyText(key) }).adminKey).toEqual(expected);
    expect(readKeyed({ PROGIMAGE_ADMIN_KEY_FILE: path }).adminKeyFile).toEqual(expected);
    const both = { PROGIMAGE_ADMIN_KEY: writeKeyText(key), PROGIMAGE_ADMIN_KEY_FILE: path };
    expect(() => readKeyed(both)).toThrow(/both PROGIMAGE_ADMIN_KEY and/);
    for (const variable of ["PROGIMAGE_ADMIN_KEY", "PROGIMAGE_ADMIN_KEY_FILE"])
      expect(() => readKeyed({ [variable]: "pi_secret" })).toThrow(variable);
    expect(() => readKeyed({ PROGIMAGE_ADMIN_KEY: "pi_secret" })).not.toThrow(/pi_secret/);
  });

  test("requires all settings of S3, and shows none of its keys in an error", () => {
    const s3 = {
      PROGIMAGE_S3_ENDPOINT: "https://s3.example.com/",
      PROGIMAGE_S3_BUCKET: "images",
      PROGIMAGE_S3_ACCESS_KEY_ID: "the-id",
      PROGIMAGE_S3_SECRET_ACCESS_KEY: "the-secret",
      PROGIMAGE_S3_PREFIX: "some/where",
    };
    expect(readConfig(s3)).toMatchObject({
      s3Endpoint: "https://s3.example.com",
      s3Region: "auto",
      s3Prefix: "some/where/",
    });
    for (const change of [{ PROGIMAGE_S3_BUCKET: "" }, { PROGIMAGE_S3_BUCKET: "No Bucket" }]) {
      const read = () => readConfig({ ...s3, ...change });
      expect(read).toThrow("PROGIMAGE_S3_BUCKET");
      expect(read).not.toThrow("the-secret");
      expect(read).not.toThrow("the-id");
    }
    const { PROGIMAGE_S3_ENDPOINT, PROGIMAGE_S3_BUCKET } = s3;
    const place = { PROGIMAGE_S3_ENDPOINT, PROGIMAGE_S3_BUCKET };
    expect(() => readConfig(place)).toThrow("PROGIMAGE_S3_ACCESS_KEY_ID");
    const byRole = readConfig({ ...place, PROGIMAGE_S3_STANDARD_CREDENTIALS: "true" });
    expect(byRole).toMatchObject({ s3Bucket: "images", s3AccessKeyId: "" });
  });

  const mistakes: readonly (readonly [variable: string, value: string, must: string])[] = [
    ["PROGIMAGE_PORT", "tcp://10.0.0.1:80", "a whole number from 0 to 65535"],
    ["PROGIMAGE_PORT", "70000", "a whole number from 0 to 65535"],
    ["PROGIMAGE_DEBUG", "yes", "true or false"],
    ["PROGIMAGE_LOG_LEVEL", "loud", "one of trace, debug, info, warn, error, silent"],
    ["PROGIMAGE_PUBLIC_URL", "ftp://x", "an http or https URL"],
    ["PROGIMAGE_RENDER_PROCESSES", "0", "from 1 to 256"],
    ["PROGIMAGE_HTTP_PROCESSES", "0", "from 1 to 64"],
    ["PROGIMAGE_HTTP_PROCESSES", "65", "from 1 to 64"],
    ["PROGIMAGE_HOST", "0.0.0.0", "PROGIMAGE_ACCESS"],
    ["PROGIMAGE_DATABASE_URL", "mysql://user@db/progimage", "a URL such as postgres://"],
    ["PROGIMAGE_DATABASE_URL", "postgres://user@db", "a URL such as postgres://"],
    ["PROGIMAGE_DATABASE_URL", "postgres://user:50%@db/progimage", "a URL such as postgres://"],
    ["PROGIMAGE_DATABASE_URL", "postgres://user@db/progimage?sslmode=on", "whose sslmode is one of disable"],
    ["PROGIMAGE_DATABASE_CONNECTIONS", "0", "from 1 to 1000"],
    ["PROGIMAGE_S3_PREFIX", "../up", "letters, digits, points"],
    ["PROGIMAGE_S3_PREFIX", "/images", "letters, digits, points"],
    ["PROGIMAGE_S3_BUCKET", "images", "but not PROGIMAGE_S3_ENDPOINT"],
  ];
  for (const [variable, value, must] of mistakes) {
    test(`refuses ${variable}=${value} and says what it must be`, () => {
      const read = () => readConfig({ [variable]: value });
      expect(read).toThrow(ConfigError);
      expect(read).toThrow(must);
      expect(read).toThrow(variable);
    });
  }

  test("never shows a value that may contain a password", () => {
    const read = () => readConfig({ PROGIMAGE_DATABASE_URL: "postgres:/user:s3cret@db/progimage" });
    expect(read).toThrow("PROGIMAGE_DATABASE_URL");
    expect(read).not.toThrow("s3cret");
  });

  test("names every mistake at once", () => {
    expect(() => readConfig({ PROGIMAGE_PORT: "x", PROGIMAGE_DEBUG: "y" })).toThrow(
      /PROGIMAGE_PORT[^]*PROGIMAGE_DEBUG/,
    );
  });

  test("accepts other hosts if they are configured", () => {
    expect(readConfig({ PROGIMAGE_HOST: "0.0.0.0", PROGIMAGE_ACCESS: "open" }).host).toBe("0.0.0.0");
  });
});

test("unknownVariables() finds misspelt names, except those of plugins, which readConfig() passes on", () => {
  const environment = {
    PROGIMAGE_PROT: "1",
    PROGIMAGE_PORT: "1",
    PROGIMAGE_PLUGIN_PRINT_INK: "2",
    PATH: "x",
  };
  expect(unknownVariables(environment)).toEqual(["PROGIMAGE_PROT"]);
  expect(readConfig(environment).pluginVariables).toEqual({ PROGIMAGE_PLUGIN_PRINT_INK: "2" });
});

test("every setting has its own variable, is in --help, and its default can be read", () => {
  const settings = Object.values(SETTINGS);
  expect(new Set(settings.map(({ variable }) => variable)).size).toBe(settings.length);
  for (const { variable, fallback, read } of settings) {
    expect(variable).toMatch(/^PROGIMAGE_[A-Z0-9_]+$/);
    expect(() => read(fallback)).not.toThrow();
    expect(helpText()).toContain(variable);
  }
});

test("docs/configuration.md is up to date: bun run docs writes it", async () => {
  expect(await Bun.file(join(import.meta.dir, "../../..", "docs/configuration.md")).text()).toBe(
    configurationPage(),
  );
});

describe("removeSecrets()", () => {
  test("removes every secret and every setting of a plugin, and nothing else", () => {
    const environment: Record<string, string | undefined> = Object.fromEntries(
      Object.values(SETTINGS).map(({ variable }) => [variable, "set"]),
    );
    environment["PROGIMAGE_PLUGIN_PRINT_KEY"] = "set";
    const before = Object.keys(environment);
    removeSecrets(environment);
    expect(before.filter((name) => !(name in environment)).toSorted()).toEqual([
      "PROGIMAGE_ADMIN_KEY",
      "PROGIMAGE_DATABASE_URL",
      "PROGIMAGE_PLUGIN_PRINT_KEY",
      "PROGIMAGE_S3_ACCESS_KEY_ID",
      "PROGIMAGE_S3_SECRET_ACCESS_KEY",
      "PROGIMAGE_S3_SESSION_TOKEN",
      "PROGIMAGE_SECRET",
      "PROGIMAGE_WEBHOOK_SECRET",
    ]);
  });
});
