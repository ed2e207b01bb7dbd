import { describe, expect, test } from "bun:test";
import { ProgImageError } from "@progimage/core";
import { Refusal } from "../http/refusal.ts";
import { type Caller, OPEN_CALLER, STRANGER } from "./caller.ts";
import { createDoor, type Door, type DoorSettings } from "./door.ts";
import type { Recogniser } from "./recogniser.ts";

const SETTINGS: DoorSettings = {
  access: "open",
  allowedHosts: [],
  corsOrigins: [],
  host: "127.0.0.1",
  port: 3000,
  publicUrl: "",
};

interface Asked {
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  readonly origin?: string;
  readonly site?: string;
}

function refusalOf(admission: ReturnType<Door>) {
  return admission instanceof Error ? admission : null;
}

/** Returns the code of the refusal of a request, or `null`. */
function codeOf(settings: Partial<DoorSettings>, asked: Asked): string | null {
  const { host = "localhost:3000", path = "/images", method = "GET", origin, site } = asked;
  const headers = new Headers({ host });
  if (origin !== undefined) headers.set("origin", origin);
  if (site !== undefined) headers.set("sec-fetch-site", site);
  const request = new Request(`http://${host}${path}`, { method, headers });
  return refusalOf(createDoor({ ...SETTINGS, ...settings })(request))?.code ?? null;
}

describe("createDoor() and the host", () => {
  const allowed: readonly (readonly [host: string, settings: Partial<DoorSettings>])[] = [
    ["localhost:3000", {}],
    ["LocalHost.", {}],
    ["app.localhost:3000", {}],
    ["127.0.0.1:3000", {}],
    ["192.168.1.20", {}],
    ["[::1]:3000", {}],
    ["[fd00::5]", {}],
    ["images.example.com", { publicUrl: "https://images.example.com/base" }],
    ["images.example.com:8443", { publicUrl: "https://images.example.com/base" }],
    ["images.lan:3000", { host: "images.lan" }],
    ["progimage:3000", { allowedHosts: ["other", "progimage"] }],
    ["a.b.example.com", { allowedHosts: ["*.example.com"] }],
    ["anything.example", { allowedHosts: ["*"] }],
  ];

  for (const [host, settings] of allowed) {
    test(`lets ${host} in with ${JSON.stringify(settings)}`, () => {
      expect(codeOf(settings, { host })).toBeNull();
    });
  }

  const refused: readonly (readonly [host: string, settings: Partial<DoorSettings>])[] = [
    ["evil.example:3000", {}],
    ["localhost.evil.example", {}],
    ["127.0.0.1.evil.example", {}],
    ["evillocalhost", {}],
    ["images.example.com.evil.example", { publicUrl: "https://images.example.com" }],
    ["sub.images.example.com", { publicUrl: "https://images.example.com" }],
    ["example.com", { allowedHosts: ["*.example.com"] }],
    ["evilexample.com", { allowedHosts: ["*.example.com"] }],
    ["sub.progimage", { allowedHosts: ["progimage"] }],
  ];

  for (const [host, settings] of refused) {
    test(`refuses ${host} with ${JSON.stringify(settings)}`, () => {
      expect(codeOf(settings, { host })).toBe("host_refused");
    });
  }

  test("names the host and the setting that lets it in", () => {
    const request = new Request("http://evil.example/images", { headers: { host: "evil.example" } });
    expect(refusalOf(createDoor(SETTINGS)(request))?.message).toMatch(
      /"evil\.example" .* PROGIMAGE_ALLOWED_HOSTS$/,
    );
  });

  test("gives the same answer when it sees a host again", () => {
    const door = createDoor(SETTINGS);
    const codes = ["localhost", "evil.example", "localhost", "evil.example"].map((host) => {
      return refusalOf(door(new Request(`http://${host}/`, { headers: { host } })))?.code;
    });
    expect(codes).toEqual([undefined, "host_refused", undefined, "host_refused"]);
  });

  test("answers only probes under any host", () => {
    const host = "10-0-0-7.pods.example";
    const paths = ["/healthz", "/readyz", "/readyz?x", "/healthz/x", "/images/healthz", "/images?x=/readyz"];
    expect(paths.map((path) => codeOf({}, { host, path }))).toEqual([
      null,
      null,
      null,
      ...Array.from({ length: 3 }, () => "host_refused"),
    ]);
  });

  test("takes probes under a foreign host for strangers, also in mode open", () => {
    const under = (host: string) =>
      createDoor(SETTINGS)(new Request("http://localhost/readyz", { headers: { host } }));
    expect([under("evil.example"), under("10.0.0.7")]).toEqual([STRANGER, OPEN_CALLER]);
  });

  test("refuses a malformed host as an invalid request", () => {
    const request = new Request("http://localhost/healthz", { headers: { host: "user@localhost" } });
    expect(refusalOf(createDoor(SETTINGS)(request))?.code).toBe("invalid_request");
  });
});

describe("createDoor() and the origin", () => {
  const listed = { corsOrigins: ["*", "https://app.example.com"] };
  const passing: readonly (readonly [why: string, asked: Asked, settings?: Partial<DoorSettings>])[] = [
    ["no browser", {}],
    ["a page of the server", { origin: "http://localhost:3000", site: "same-origin" }],
    ["the same behind TLS", { host: "localhost", origin: "https://localhost" }],
    ["the usual port, written out", { host: "images.localhost:443", origin: "https://images.localhost" }],
    ["a user who opens it", { site: "none" }],
    ["a listed page", { origin: "https://app.example.com", site: "cross-site" }, listed],
    [
      "a page of the public URL",
      { origin: "https://images.example.com", site: "same-origin" },
      { publicUrl: "https://images.example.com/base" },
    ],
  ];

  for (const [why, asked, settings = {}] of passing) {
    test(`lets ${why} change something`, () => {
      const methods = ["POST", "PATCH", "DELETE"];
      expect(methods.map((method) => codeOf(settings, { ...asked, method }))).toEqual([null, null, null]);
    });
  }

  const foreign: readonly (readonly [why: string, asked: Asked])[] = [
    ["another origin", { origin: "https://evil.example" }],
    ["another port", { origin: "http://localhost:5173", site: "same-site" }],
    ["no origin, such as a file", { origin: "null" }],
    ["another site, by Sec-Fetch-Site alone", { site: "cross-site" }],
    ["the same host without TLS", { origin: "http://localhost:3000", site: "cross-site" }],
    ["another scheme", { origin: "chrome-extension://localhost:3000" }],
    ["a listed host with another scheme", { origin: "http://app.example.com" }],
  ];

  for (const [why, asked] of foreign) {
    test(`refuses changes by a page of ${why}, even if it may read`, () => {
      for (const method of ["POST", "PATCH", "DELETE", "PUT"])
        expect(codeOf(listed, { ...asked, method })).toBe("origin_refused");
      for (const method of ["GET", "HEAD", "OPTIONS"])
        expect(codeOf(listed, { ...asked, method })).toBeNull();
    });
  }

  test("names the origin and the setting that lets it in", () => {
    const headers = { host: "localhost", origin: "https://evil.example" };
    const request = new Request("http://localhost/purge", { method: "POST", headers });
    expect(refusalOf(createDoor(SETTINGS)(request))?.message).toMatch(
      /"https:\/\/evil\.example" .*PROGIMAGE_CORS_ORIGINS/,
    );
  });
});

describe("createDoor() in mode keys", () => {
  const KEYED: Caller = { tenant: "", scopes: new Set(["images:read"]), by: "key", keyId: "k" };
  const settings: DoorSettings = { ...SETTINGS, access: "keys", allowedHosts: ["*"] };

  /** Asks a door with one recogniser, which knows the header `x-key`. */
  function ask(path: string, { method = "GET", ...headers }: Record<string, string> = {}) {
    const recogniser: Recogniser = (request) => {
      const key = request.headers.get("x-key");
      if (key === "slow") return Promise.resolve(KEYED);
      if (key === "down")
        return Promise.reject(new ProgImageError("unavailable", "Cannot reach the database"));
      if (key === "bad") return new Refusal("unauthenticated", "Cannot recognise the caller");
      return key === null ? null : KEYED;
    };
    const door = createDoor(settings, { recognisers: [() => null, async () => null, recogniser] });
    const request = new Request(`http://localhost${path}`, {
      method,
      headers: { host: "images.example", ...headers },
    });
    return door(request);
  }

  test("gives strangers to delivery and to free routes, and refuses them elsewhere", async () => {
    for (const path of ["/", "/healthz", "/transforms", "/problems/busy", "/images/x", "/images/x.webp"])
      expect(await ask(path)).toMatchObject({ by: "stranger" });
    for (const path of ["/images", "/images/count", "/images/x/info", "/jobs", "/purge", "/none", "/images/"])
      expect(await ask(path)).toMatchObject({ code: "unauthenticated" });
    for (const method of ["POST", "DELETE", "PATCH", "PUT"])
      expect(await ask("/images/x", { method })).toMatchObject({ code: "unauthenticated" });
  });

  test("gives a caller the routes of its scopes, and names the scope that it lacks", async () => {
    for (const key of ["fast", "slow"]) {
      expect(await ask("/images", { "x-key": key })).toBe(KEYED);
      expect(await ask("/images", { "x-key": key, method: "HEAD" })).toBe(KEYED);
      expect(await ask("/none", { "x-key": key })).toBe(KEYED);
      const refusal = await ask("/images", { "x-key": key, method: "POST" });
      expect(refusal).toMatchObject({ code: "forbidden", message: expect.stringMatching(/"images:create"/) });
    }
  });

  test("refuses bad evidence also where none is needed, except for probes", async () => {
    expect(await ask("/transforms", { "x-key": "bad" })).toMatchObject({ code: "unauthenticated" });
    expect(await ask("/healthz", { "x-key": "bad" })).toMatchObject({ by: "stranger" });
  });

  test("recognises callers of /readyz, and takes those that it cannot for strangers", async () => {
    for (const key of ["fast", "slow"]) expect(await ask("/readyz", { "x-key": key })).toBe(KEYED);
    for (const key of ["bad", "down"]) expect(await ask("/readyz", { "x-key": key })).toBe(STRANGER);
    expect(await ask("/readyz")).toBe(STRANGER);
  });

  test("refuses a caller that it cannot recognise at the moment", async () => {
    expect(await ask("/images/x", { "x-key": "down" })).toMatchObject({ code: "unavailable" });
  });

  test("applies the origin rule only to requests without evidence", async () => {
    const origin = "https://evil.example";
    const write = { method: "POST", origin };
    expect(await ask("/images/bulk", write)).toMatchObject({ code: "origin_refused" });
    expect(await ask("/images/bulk", { ...write, "x-key": "fast" })).toBe(KEYED);
  });

  test("answers a recogniser that need not wait without waiting", () => {
    const door = createDoor(settings, { recognisers: [() => KEYED] });
    expect(door(new Request("http://localhost/images"))).toBe(KEYED);
  });
});
