import { expect, test } from "bun:test";
import { prefersAsync } from "./prefers_async.ts";

test("prefersAsync() finds respond-async among other preferences", () => {
  const prefers = (prefer: string) => prefersAsync(new Request("http://localhost", { headers: { prefer } }));
  for (const header of ["respond-async", "Respond-Async, wait=10", 'return=minimal, respond-async; x="y"'])
    expect(prefers(header)).toBe(true);
  for (const header of ["", "wait=10", "respond-asynchronously", "x-respond-async"])
    expect(prefers(header)).toBe(false);
  expect(prefersAsync(new Request("http://localhost"))).toBe(false);
});
