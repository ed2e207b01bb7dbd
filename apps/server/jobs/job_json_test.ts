import { expect, test } from "bun:test";
import { jobProblemJson } from "./job_json.ts";

test("jobProblemJson() shows a code that an earlier version has recorded", () => {
  const problem = jobProblemJson({ code: "not_found" as "busy", message: "Cannot find image" });
  expect(problem).toMatchObject({ status: 500, code: "not_found", detail: "Cannot find image" });
});
