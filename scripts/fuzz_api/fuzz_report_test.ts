import { expect, test } from "bun:test";
import { FuzzReport } from "./fuzz_report.ts";

const REFUSED = {
  operation: "createJob",
  check: "RejectedPositiveData",
  message: "Valid data should have been accepted",
  status: 400,
  answer: '{"code":"invalid_parameter","parameter":"label"}',
  request: "POST /jobs",
};

test("FuzzReport counts requests by operation, and valid ones that were accepted", () => {
  const report = new FuzzReport();
  report.add({ operation: "listJobs", status: 200, isValid: true });
  report.add({ operation: "createJob", status: 202, isValid: true });
  report.add({ operation: "createJob", status: 400, isValid: true });
  report.add({ operation: "createJob", status: 400, isValid: false });
  report.add(REFUSED);
  report.add({ operation: "createJob", excused: "a limit" });
  expect(report.rows()).toEqual([
    { operation: "createJob", requests: 3, valid: 2, accepted: 1, excused: 1, faults: 1 },
    { operation: "listJobs", requests: 1, valid: 1, accepted: 1, excused: 0, faults: 0 },
  ]);
  expect(report.total()).toMatchObject({ requests: 4, faults: 1 });
  expect([...report.reasons()]).toEqual([["a limit", 1]]);
});

test("FuzzReport names a fault of each kind once, with its first request", () => {
  const report = new FuzzReport();
  report.add(REFUSED);
  report.add({ ...REFUSED, request: "POST /jobs again" });
  report.add({ ...REFUSED, answer: '{"code":"invalid_parameter","parameter":"metadata"}' });
  expect(report.faultTexts()).toEqual([
    expect.stringMatching(/^createJob: RejectedPositiveData, 400, 2 times\n.*\n {4}POST \/jobs\n/),
    expect.stringMatching(/400, 1 times[^]*"metadata"/),
  ]);
});
