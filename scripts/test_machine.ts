import { globSync, readdirSync, statSync } from "node:fs";
import { delimiter, resolve } from "node:path";

/** Programs and libraries that tests look for outside PATH. */
const BESIDE_PATH = ["/usr/lib/postgresql/*/bin/initdb", "/usr/lib/*/faketime/libfaketime.so.1"];

/** The images of the corpus test, unless a setting names others. */
const CORPUS = resolve(import.meta.dir, "../../shared/corpus");

/**
 * Returns a digest of everything on this machine that decides which tests are skipped: the installed programs, the user's rights and the
 * corpus. A passed run of tests does not count on a machine with another digest.
 */
export function testMachine(environment: Readonly<Record<string, string | undefined>>): string {
  const { PATH = "", PROGIMAGE_CORPUS = CORPUS } = environment;
  const programs = new Set(PATH.split(delimiter).flatMap(namesIn));
  const facts = [
    process.platform,
    process.getuid?.(),
    [...programs].toSorted(),
    BESIDE_PATH.flatMap((pattern) => globSync(pattern)).toSorted(),
    statSync(resolve(PROGIMAGE_CORPUS, "manifest.tsv"), { throwIfNoEntry: false })?.mtimeMs ?? null,
  ];
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(facts)).digest("hex");
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // PATH may name folders that do not exist.
    return [];
  }
}
