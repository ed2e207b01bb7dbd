import { expect, test } from "bun:test";
import { join } from "node:path";
import { testFolder } from "../testing_folder.ts";
import { openSealedFile, publishSealed } from "./sealed_file.ts";

test("publishSealed() publishes a file whole, and nothing of one that was removed meanwhile", async () => {
  await using folder = await testFolder();
  const [path, target] = [join(folder.path, "incoming"), join(folder.path, "kept", "file")];
  await Bun.write(path, "bytes");
  publishSealed(path, target, 5);
  const file = await openSealedFile(target);
  expect([file?.bytes, await file?.content.text()]).toEqual([5, "bytes"]);
  expect(() => publishSealed(path, join(folder.path, "other"), 5)).toThrow("ENOENT");
  expect(await Bun.file(join(folder.path, "other")).exists()).toBe(false);
});
