import { globSync, readdirSync, statSync } from "node:fs";
import { delimiter, resolve } from "node:path";

/** Programs and libraries that tests look for beside PATH. */
const BESIDE_PATH = ["/usr/lib/postgresql/*/bin/initdb", "/usr/lib/*/faketime/libfaketime.so.1"];

/** The images that the corpus test looks for, unless a setting names others. */
const CORPUS = resolve(import.meta.dir, "../../shared/corpus");

/**
 * Returns a digest of the parts of this machine that decide over which tests are skipped: the programs that are installed, the rights of the
 * user, and the corpus. A run of tests that has passed says nothing of a machine with another digest.
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
    // PATH may name what is not there.
    return [];
  }
}
