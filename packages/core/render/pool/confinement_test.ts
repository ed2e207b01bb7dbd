import { describe, expect, test } from "bun:test";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { testFolder } from "../../testing/testing_folder.ts";
import { until } from "../../testing/testing_until.ts";
import { confinedCommand, describeConfinement, innermostProcess } from "./confinement.ts";
import { startPool } from "./testing_pool.ts";

const isLinux = process.platform === "linux";

/** A wrapper that runs its command as a child, as sandboxes do. Sandboxes end with their child, and end it with themselves. */
const WRAPPER = `#!/bin/sh
"$@" &
child=$!
wait $child
`;

async function openWrapper() {
  const folder = await testFolder();
  const path = join(folder.path, "wrapper");
  await Bun.write(path, WRAPPER);
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

function statusOf(pid: number): Readonly<Record<string, string>> {
  const { stdout } = Bun.spawnSync(["cat", `/proc/${pid}/status`]);
  return Object.fromEntries(
    [...stdout.toString().matchAll(/^(\w+):\t(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
}

describe.skipIf(!isLinux || !Bun.which("setpriv"))("confinedCommand()", () => {
  test("starts render processes that have no capability and cannot get new privileges", async () => {
    await using test = await startPool();
    expect((await test.pool.render(test.job("nothing"))).width).toBe(20);
    const [pid = 0] = test.pool.renderPids;
    const status = statusOf(pid);
    expect(status["NoNewPrivs"]).toBe("1");
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"])
      expect([set, status[set]]).toEqual([set, "0".repeat(16)]);
    expect(describeConfinement([])).toMatch(/^no new privileges, no capabilities/);
  });

  test.skipIf(process.getuid?.() !== 0)("tells an operator who runs the server as root of the risk", () => {
    expect(describeConfinement([])).toMatch(
      /; they run as root .*: start the server as an unprivileged user$/,
    );
  });
});

describe.skipIf(!isLinux)("a wrapper", () => {
  test("comes last, and is named to the operator", () => {
    const wrapper = ["bwrap", "--unshare-net"];
    expect(confinedCommand({ memoryLimit: 1, wrapper }).slice(-2)).toEqual(wrapper);
    expect(describeConfinement(wrapper)).toMatch(/the wrapper bwrap(?:;|$)/);
  });

  test("has its child measured, and ended at the deadline", async () => {
    await using wrapper = await openWrapper();
    await using test = await startPool({ wrapper: [wrapper.path], renderDeadline: 300 });
    expect((await test.pool.render(test.job("nothing"))).width).toBe(20);
    const [pid = 0] = test.pool.renderPids;
    expect(innermostProcess(pid)).toBe(pid);
    expect(statusOf(pid)["Name"]).not.toBe("wrapper");
    await expect(test.pool.render(test.job("loop"))).rejects.toMatchObject({ code: "too_costly" });
    await until("the child has ended", () => /^(?:gone|Z)/.test(statusOf(pid)["State"] ?? "gone"));
    expect((await test.pool.render(test.job("nothing"))).width).toBe(20);
  });
});
