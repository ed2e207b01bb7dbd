import { describe, expect, test } from "bun:test";
import { ProgImageError } from "@progimage/core";
import { problemHead } from "../problem/problem_kinds.ts";
import { isServerFault, problemOf } from "./problem.ts";

const SECRET = "/srv/secret/progimage.sqlite";

/** Each kind of error, with a cause that only the operator may see. */
const ERRORS: Readonly<Record<string, Error>> = {
  "an expected failure": new ProgImageError("unavailable", "Cannot reach the catalog", {
    cause: new Error(SECRET),
  }),
  "a failing disk": Object.assign(new Error(`EIO: i/o error, open '${SECRET}'`), { code: "EIO" }),
  "a full disk behind another error": new Error("Query failed", {
    cause: Object.assign(new Error(SECRET), { code: "SQLITE_FULL" }),
  }),
  "a defect": new TypeError(`Cannot read ${SECRET}`, { cause: new Error(SECRET) }),
};

describe("problemOf()", () => {
  for (const [name, error] of Object.entries(ERRORS)) {
    test(`hides the cause of ${name}, unless debug is on`, () => {
      const problem = problemOf(error, { requestId: "id", debug: false });
      expect(problem).not.toHaveProperty("cause");
      expect(JSON.stringify(problem)).not.toContain(SECRET);
      const debugged = problemOf(error, { requestId: "id", debug: true });
      expect(debugged["cause"]).toContain(SECRET);
      expect({ ...debugged, cause: undefined }).toEqual({ ...problem, cause: undefined });
    });
  }

  test("hides the message and the name of an unexpected error", () => {
    const { detail, code, status } = problemOf(new RangeError(SECRET), { requestId: "id", debug: false });
    expect({ code, status }).toEqual({ code: "internal", status: 500 });
    expect(detail).not.toMatch(/secret|RangeError/);
  });
});

test("isServerFault() excludes features that the operator has not enabled", () => {
  const faults = (["feature_disabled", "busy", "storage_error", "internal"] as const).map((code) =>
    isServerFault(problemHead(code)),
  );
  expect(faults).toEqual([false, false, true, true]);
});
