import { describe, expect, test } from "bun:test";
import sharp from "sharp";
import { contractFault } from "./check_contract.ts";
import { CONTRACT_SHARP, CONTRACT_VERSION, definePlugin } from "./plugin.ts";

const SERVER = { server: "1.4.2", oldest: 2, newest: 3 };

describe("contractFault()", () => {
  test("accepts every version of the contract from the oldest to the newest", () => {
    for (const contract of [2, 3]) expect(contractFault({ contract }, SERVER)).toBeNull();
  });

  test.each([
    [
      { contract: 4, requires: { server: ">=2.0.0" } },
      "it is written for version 4 of the contract, and server 1.4.2 knows 2 to 3 (sharp 0.35): it needs server >=2.0.0",
    ],
    [{ contract: 4 }, "it needs a newer server"],
    [{ contract: 1 }, "knows 2 to 3 (sharp 0.35): a newer version of the plugin is needed"],
    [{ contract: "3" }, 'its contract must be a whole number from 1: it is "3"'],
    [{}, "its contract must be a whole number from 1"],
    [{ contract: 3, requires: { server: ">=1.5.0" } }, "it needs server >=1.5.0: this is 1.4.2"],
    [{ contract: 3, requires: { server: "new" } }, "its requires.server must be a range of versions"],
    [{ contract: 3, requires: { server: 2 } }, "its requires.server must be a range of versions"],
  ])("tells of %j what is needed", (plugin, message) => {
    expect(contractFault(plugin as object, SERVER)).toContain(message);
  });

  test.each([">=1.2.0", "^1.4", "1.x", ">=1.0.0 <2.0.0", "0.9.0 || >=1.4.0", "1.0.0 - 1.9.0"])(
    "accepts a plugin that requires server %s",
    (server) => expect(contractFault({ contract: 3, requires: { server } }, SERVER)).toBeNull(),
  );

  test("treats a release candidate as its release", () => {
    const candidate = { ...SERVER, server: "1.5.0-rc.1" };
    expect(contractFault({ contract: 3, requires: { server: ">=1.5.0" } }, candidate)).toBeNull();
  });

  test("accepts the result of definePlugin() on this server", () => {
    const plugin = definePlugin({ name: "any", namespace: "any", transforms: [] });
    expect(contractFault(plugin)).toBeNull();
    expect(plugin).toMatchObject({ contract: CONTRACT_VERSION, requires: { server: ">=0.1.0" } });
  });

  test("CONTRACT_SHARP is the sharp that is installed: another minor version may need another contract", () => {
    expect(sharp.versions.sharp).toStartWith(`${CONTRACT_SHARP}.`);
  });
});
