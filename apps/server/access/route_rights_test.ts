import { describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS, type Ports } from "@progimage/core";
import { createApp } from "../app.ts";
import type { ServerContext } from "../server_context.ts";
import { readConfig } from "../settings/config.ts";
import { ROUTE_RIGHTS, rightOf } from "./route_rights.ts";

/** Returns the method and path of each route of the app. `HEAD` belongs to `GET`. */
function routesOfApp(): readonly string[] {
  const ports = { limits: DEFAULT_LIMITS } as Ports;
  const app = createApp({ config: readConfig({}), ports } as ServerContext);
  return app.routes.filter(({ method }) => method !== "HEAD").map(({ method, path }) => `${method} ${path}`);
}

describe("ROUTE_RIGHTS", () => {
  test("has each route of the app, and no other", () => {
    expect(Object.keys(ROUTE_RIGHTS).toSorted()).toEqual([...new Set(routesOfApp())].toSorted());
  });
});

describe("rightOf()", () => {
  test("finds the right of each route, with any values in its path", () => {
    for (const [route, right] of Object.entries(ROUTE_RIGHTS)) {
      const [method = "", path = ""] = route.split(" ");
      const asked = path.replaceAll(/:\w+/g, "some.thing");
      expect([route, rightOf(method, asked)]).toEqual([route, right]);
      if (method === "GET") expect(rightOf("HEAD", asked)).toEqual(right);
    }
  });

  test("prefers a path without variables", () => {
    expect(rightOf("GET", "/images/count")).toBe("images:read");
    expect(rightOf("GET", "/images/deleted")).toBe("images:read");
    expect(rightOf("GET", "/images/deleted.webp")).toBe("delivery");
  });

  test("gives null if no route has the method and the path", () => {
    const others = ["/images/", "/images//info", "/images/x/y", "/Images", "/jobs/", "/healthz/", "", "//"];
    for (const path of others) expect([path, rightOf("GET", path)]).toEqual([path, null]);
    for (const path of ["/healthz", "/images/x/info", "/constructor", "/images/count"])
      expect([path, rightOf("POST", path)]).toEqual([path, null]);
  });
});
