import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ProgImageError } from "./error.ts";
import { fromStorageError } from "./storage_error.ts";
import { testFolder } from "./testing/testing_folder.ts";

describe("fromStorageError()", () => {
  const withCode = (code: string) => Object.assign(new Error(`${code}: /data/secret`), { code });

  test.each(["ENOSPC", "EDQUOT", "SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"])(
    "makes storage_full of %s",
    (code) => {
      expect(fromStorageError(withCode(code))).toMatchObject({ code: "storage_full" });
    },
  );

  test.each([
    ...["EIO", "EROFS", "EACCES", "EPERM", "EMFILE", "ENFILE", "ENOMEM", "ESTALE", "ENODEV"],
    ...["SQLITE_IOERR", "SQLITE_IOERR_FSYNC", "SQLITE_READONLY", "SQLITE_READONLY_DIRECTORY"],
    ...["SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_CORRUPT_INDEX", "SQLITE_NOTADB"],
  ])("makes storage_error of %s, of which strangers learn no path", (code) => {
    const cause = withCode(code);
    for (const error of [cause, new Error("Query failed", { cause })]) {
      const made = fromStorageError(error) as ProgImageError;
      expect(made).toMatchObject({ code: "storage_error", details: { retryAfter: 5 }, cause: error });
      expect(made.message).not.toContain("secret");
    }
  });

  test.each(["ENOENT", "ENOTDIR"])("makes storage_error of %s only with isMissingFault", (code) => {
    const error = withCode(code);
    expect(fromStorageError(error)).toBe(error);
    expect(fromStorageError(error, { isMissingFault: true })).toMatchObject({ code: "storage_error" });
  });

  test("returns known errors, and errors not related to storage, unchanged", () => {
    const known = new ProgImageError("busy", "Busy", { cause: withCode("EIO") });
    for (const error of [
      known,
      withCode("ECONNRESET"),
      withCode("SQLITE_CONSTRAINT_UNIQUE"),
      new TypeError(),
    ])
      expect(fromStorageError(error, { isMissingFault: true })).toBe(error);
  });

  test("recognizes the errors that the system and SQLite really throw", async () => {
    await using folder = await testFolder();
    await Bun.write(join(folder.path, "broken"), "no database".repeat(100));
    const open = () => {
      using database = new Database(join(folder.path, "broken"));
      database.run("SELECT * FROM t");
    };
    const thrown = await Promise.all([
      readFile(join(folder.path, "missing")).catch((error: unknown) => error),
      Promise.try(open).catch((error: unknown) => error),
      Promise.try(() => new Database(join(folder.path, "a", "b"))).catch((error: unknown) => error),
    ]);
    for (const error of thrown)
      expect(fromStorageError(error, { isMissingFault: true })).toMatchObject({ code: "storage_error" });
  });
});
