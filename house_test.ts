import { describe, expect, test } from "bun:test";
import { basename, dirname, join } from "node:path";

/** The rules of the house, as a table. To change a rule, change the table in a commit of its own. */
const RULES: readonly Rule[] = [
  {
    name: "core knows no HTTP framework, no plugin, no server and no client",
    files: /^packages\/core\//,
    violation: ({ imports }) =>
      imports.find((name) => /^(?:elysia|@elysiajs\/|@progimage\/(?!core))/.test(name)),
  },
  {
    name: "plugins know only core, and sharp by its types",
    files: /^packages\/plugins\/.*(?<!_test)\.ts$/,
    violation: ({ imports }) =>
      imports.find((name) => !isRelative(name) && !/^@progimage\/core(?:\/|$)/.test(name)),
  },
  {
    name: "the client imports nothing but its own files",
    files: /^packages\/client\/(?!.*(?:_test|testing_\w+)\.ts$)/,
    violation: ({ path, imports }) =>
      imports.find((name) => !isRelative(name) || !resolved(path, name).startsWith("packages/client/")),
  },
  {
    name: "the bench starts the server as tests do and knows nothing else of it",
    files: /^bench\//,
    violation: ({ imports }) =>
      imports.find((name) => /^@progimage\/(?!client|core|server\/testing)/.test(name)),
  },
  {
    name: "only the server knows Elysia, and only its app and routes",
    files: /^(?!apps\/server\/(?:app|routes\/(?:\w+\/)?\w+)\.ts$)/,
    violation: ({ imports }) => imports.find((name) => /^(?:elysia|@elysiajs\/)/.test(name)),
  },
  {
    name: "sharp runs in render processes and nowhere else",
    files: /^(?!packages\/core\/render\/|bench\/|.*(?:_test|_contract|testing_\w+)\.ts$)/,
    violation: ({ imports }) => imports.find((name) => name === "sharp"),
  },
  {
    name: "SQL stays in the adapters for SQL",
    files: /^(?!packages\/core\/database\/|.*\/(?:sqlite|postgres|pgboss)_\w+\.ts$|.*_test\.ts$)/,
    violation: ({ imports }) => imports.find((name) => /^(?:drizzle|bun:sqlite|pg-boss)/.test(name)),
  },
  {
    name: "only compositions, tests and benches import adapters",
    files:
      /^(?!packages\/core\/adapters\.ts$|apps\/server\/compose\/|bench\/|.*(?:_test|testing_\w+)\.ts$|packages\/core\/testing\.ts$)/,
    violation: ({ path, imports }) =>
      imports.find(
        (name) =>
          name === "@progimage/core/adapters" ||
          (isAdapter(name) && !resolved(path, name).startsWith("packages/core/database/")),
      ),
  },
  {
    name: "files are named in snake_case after what they hold",
    files: /\.(?:ts|tsx|mjs)$/,
    violation: ({ path }) =>
      /^[a-z0-9_]+(?:\.config)?\.(?:ts|mjs)$/.test(basename(path)) ? undefined : basename(path),
  },
  {
    name: "no file is a drawer for what has no place",
    files: /\.ts$/,
    violation: ({ path }) =>
      /^_?(?:index|utils?|helpers?|misc|common|manager)\.ts$/.exec(basename(path))?.[0],
  },
  {
    name: "no file is longer than 400 lines, unless it is generated",
    files: /^(?!.*(?:_test|_contract)\.ts$)/,
    violation: ({ text }) => {
      const { length } = text.split("\n");
      return length > 400 && !isGenerated(text) ? `${length} lines` : undefined;
    },
  },
  {
    name: "every test runs",
    files: /^(?!house_test).*_test\.ts$/,
    violation: ({ text }) => /\b(?:test|describe|it)\.(?:only|todo|skip)\b/.exec(text)?.[0],
  },
  {
    name: "nothing is left for later in the code",
    files: /^(?!house_test\.ts$)/,
    violation: ({ text }) => /\b(?:TODO|FIXME|XXX|HACK)\b/.exec(text)?.[0],
  },
  {
    name: "S3 is spoken in its folder alone",
    files: /^(?!packages\/core\/(?:s3\/|adapters\.ts$|testing\.ts$)|.*_test\.ts$)/,
    violation: ({ imports }) => imports.find((name) => /(?:^aws4fetch$|^\.{1,2}\/(?:.*\/)?s3\/)/.test(name)),
  },
  {
    name: "no statement names the schema or a table of pg-boss: its methods do all",
    files: /^(?!house_test\.ts$)/,
    violation: ({ text }) =>
      /^.*\b(?:pgboss|PGBOSS)\b.*$/m.exec(text.replace('schema: "pgboss"', ""))?.[0].trim(),
  },
  {
    name: "tests wait by until(), which has a deadline and a message",
    files: /^(?!house_test\.ts$)(?:bench\/|deploy\/|scripts\/|.*(?:_test|_contract|testing_\w+)\.ts$)/,
    violation: ({ text }) =>
      /\bwhile \([^;{]*\)\s+await (?:Bun\.)?sleep\(|\bfor \(.*[;)] await (?:Bun\.)?sleep\(/.exec(text)?.[0] ??
      /^ *async function until\(/m.exec(text)?.[0],
  },
];

/** Returns the path of a file that another one imports. */
function resolved(path: string, name: string): string {
  return join(dirname(path), name);
}

interface Rule {
  readonly name: string;
  /** The paths that it is for. */
  readonly files: RegExp;
  /** What is wrong with a file, or nothing. */
  readonly violation: (file: SourceFile) => string | undefined;
}

interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** What it imports at run time: imports of types alone do not count. */
  readonly imports: readonly string[];
  /** All that it imports. */
  readonly links: readonly string[];
}

describe("house rules", () => {
  const files = sourceFiles();

  for (const rule of RULES) {
    test(`${rule.name}`, async () => {
      expect(violations(rule, await files)).toEqual([]);
    });
  }

  test("there are files to look at", async () => {
    expect((await files).length).toBeGreaterThan(60);
  });
});

describe("house rules catch what is planted", () => {
  const planted: readonly (readonly [rule: number, path: string, text: string])[] = [
    [0, "packages/core/verbs/image/store_image.ts", 'import { Elysia } from "elysia";'],
    [0, "packages/core/mod.ts", 'export * from "@progimage/plugin-geometry";'],
    [1, "packages/plugins/geometry/resize.ts", 'import sharp from "sharp";'],
    [1, "packages/plugins/geometry/resize.ts", 'import { app } from "@progimage/server";'],
    [2, "packages/client/mod.ts", 'import { isImageId } from "@progimage/core";'],
    [2, "packages/client/mod.ts", 'import { x } from "../core/mod.ts";'],
    [3, "bench/main.ts", 'import { app } from "@progimage/server";'],
    [4, "apps/server/program/serve.ts", 'import { Elysia } from "elysia";'],
    [5, "packages/core/verbs/image/store_image.ts", 'const sharp = await import("sharp");'],
    [5, "apps/server/app.ts", 'import sharp from "sharp";'],
    [6, "packages/core/verbs/image/list_images.ts", 'import { eq } from "drizzle-orm";'],
    [6, "packages/core/run_jobs.ts", 'const { PgBoss } = await import("pg-boss");'],
    [
      7,
      "packages/core/verbs/image/store_image.ts",
      'import { FsBlobStore } from "../../blob/fs_blob_store.ts";',
    ],
    [7, "apps/server/app.ts", 'import { FsBlobStore } from "@progimage/core/adapters";'],
    [8, "packages/core/storeImage.ts", ""],
    [9, "packages/core/blob/utils.ts", ""],
    [10, "packages/core/mod.ts", "\n".repeat(401)],
    [11, "packages/core/blob/x_test.ts", 'test.only("x", () => {});'],
    [12, "packages/core/mod.ts", "// TODO: later"],
    [15, "deploy/nginx_process.ts", "while (!(await isUp())) await Bun.sleep(20);"],
    [15, "bench/main_test.ts", "for (; !isSo(); await Bun.sleep(1)) tries++;"],
    [15, "packages/core/blob/x_test.ts", "async function until(isSo: () => boolean): Promise<void> {}"],
    [13, "packages/core/verbs/image/store_image.ts", 'import { Bucket } from "../../s3/bucket.ts";'],
    [14, "packages/core/job/queue/pgboss_job_queue.ts", "sql`update pgboss.job set state = 'retry'`"],
    [14, "packages/core/job/queue/pgboss_job_queue_test.ts", 'pgSchema("pgboss").table("job", {});'],
  ];

  for (const [index, path, text] of planted) {
    test(`${path}: ${text.trim().slice(0, 60) || "its name or length"}`, () => {
      const rule = RULES[index];
      expect(rule && violations(rule, [sourceFile(path, text)])).toHaveLength(1);
    });
  }

  test("every rule has something planted against it", () => {
    expect(new Set(planted.map(([index]) => index)).size).toBe(RULES.length);
  });

  test("imports of types alone are allowed", () => {
    const file = sourceFile("packages/plugins/geometry/resize.ts", 'import type { Sharp } from "sharp";');
    expect(RULES.flatMap((rule) => violations(rule, [file]))).toEqual([]);
  });
});

describe("rooms", () => {
  const files = sourceFiles();

  test("no folder has more than 30 source files", async () => {
    expect(crowded(await files)).toEqual([]);
  });

  test("no file imports itself by way of others, not even for a type", async () => {
    expect(cycleIn(await files)).toEqual([]);
  });

  test("one source file more, and two files that import each other, are caught", () => {
    const full = Array.from({ length: 31 }, (_, index) => sourceFile(`packages/core/blob/f${index}.ts`, ""));
    const tests = full.map((_, index) => sourceFile(`packages/core/blob/f${index}_test.ts`, ""));
    expect(crowded([...full, ...tests])).toEqual(["packages/core/blob: 31"]);
    expect(crowded([...full.slice(1), ...tests])).toEqual([]);
    const pair = [
      sourceFile("packages/core/a.ts", 'import type { B } from "./blob/b.ts";'),
      sourceFile("packages/core/blob/b.ts", 'export { a } from "../a.ts";'),
    ];
    expect(cycleIn(pair)).toEqual(["packages/core/a.ts", "packages/core/blob/b.ts"]);
    expect(cycleIn(pair.slice(1))).toEqual([]);
  });
});

describe("commits", () => {
  test("have short subjects, and bodies that give the reason", () => {
    const command = ["git", "log", "--no-merges", `--since=${RULE_FOR_COMMITS}`, "--format=%s%n%b%x00"];
    const { stdout } = Bun.spawnSync(command, { cwd: import.meta.dir });
    expect(faultyCommits(stdout.toString())).toEqual([]);
  });

  test("with a long subject or without a reason are found", () => {
    const long = `fix(server): ${"x".repeat(60)}`;
    const log = [
      "fix(core): one thing\nThe reason.\n",
      `\n${long}\nThe reason.\n`,
      "\nfix: no reason\n\n",
      "\n",
    ];
    expect(faultyCommits(log.join("\0"))).toEqual([`${long}: 73 characters`, "fix: no reason: no reason"]);
  });
});

describe("the lockfile", () => {
  const lock = Bun.file(join(import.meta.dir, "bun.lock")).text();

  test("names no host, nor does that of a rival in the bench", async () => {
    expect((await lock).match(/https?:\/\//g)).toBeNull();
    const locks = repositoryFiles().filter((path) => /^bench\/rivals\/\w+\/bun\.lock$/.test(path));
    expect(locks).not.toBeEmpty();
    for (const path of locks)
      expect((await Bun.file(join(import.meta.dir, path)).text()).match(/https?:\/\//g)).toBeNull();
  });

  test("rivals in the bench stay out of it, and take their exact versions from nowhere else", async () => {
    const manifests = repositoryFiles().filter((path) => /^bench\/rivals\/\w+\/package\.json$/.test(path));
    expect(manifests).not.toBeEmpty();
    for (const path of manifests) {
      const { name, dependencies } = await Bun.file(join(import.meta.dir, path)).json();
      expect(await lock).not.toContain(`"${name}"`);
      expect(
        Object.values<string>(dependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(version)),
      ).toEqual([]);
    }
  });

  test("has versions without known holes, and one copy of sharp", async () => {
    const versions = (name: string, text: string) =>
      [...text.matchAll(new RegExp(`\\["${name}@([\\d.]+)"`, "g"))].map((match) => match[1] ?? "");
    const [elysia = ""] = versions("elysia", await lock);
    const sharps = versions("sharp", await lock);
    expect(Bun.semver.satisfies(elysia, ">=1.4.30")).toBe(true);
    expect(sharps).toHaveLength(1);
    expect(Bun.semver.satisfies(sharps[0] ?? "", ">=0.35.4")).toBe(true);
  });

  test("packages take their versions from the catalog", async () => {
    const offending: string[] = [];
    for (const path of repositoryFiles().filter(
      (name) => name.endsWith("package.json") && !/^(?:examples|bench\/rivals)\//.test(name),
    )) {
      const manifest = await Bun.file(join(import.meta.dir, path)).json();
      const dependencies = {
        ...manifest.dependencies,
        ...manifest.devDependencies,
        ...manifest.peerDependencies,
      };
      for (const [name, version] of Object.entries(dependencies)) {
        if (version !== "catalog:" && version !== "workspace:*") offending.push(`${path}: ${name}`);
      }
    }
    expect(offending).toEqual([]);
  });
});

function violations(rule: Rule, files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => rule.files.test(file.path))
    .map((file) => [file.path, rule.violation(file)] as const)
    .filter(([, violation]) => violation !== undefined)
    .map(([path, violation]) => `${path}: ${violation}`);
}

/** Earlier commits have longer subjects. */
const RULE_FOR_COMMITS = "2026-12-01";
const LONGEST_SUBJECT = 72;

/** Returns what is wrong with the messages of commits, which end with a null character. */
function faultyCommits(log: string): readonly string[] {
  const messages = log.split("\0").map((message) => message.trim());
  return messages.filter(Boolean).flatMap((message) => {
    const [subject = "", ...body] = message.split("\n");
    const isLong = subject.length > LONGEST_SUBJECT;
    const hasReason = body.some((line) => line.trim() !== "");
    return [
      ...(isLong ? [`${subject}: ${subject.length} characters`] : []),
      ...(hasReason ? [] : [`${subject}: no reason`]),
    ];
  });
}

const LARGEST_ROOM = 30;

/** Returns the folders with too many source files, and how many each has. Tests, contracts and generated files do not count. */
function crowded(files: readonly SourceFile[]): string[] {
  const counted = files.filter(
    ({ path, text }) => !/(?:_test|_contract)\.ts$/.test(path) && !isGenerated(text),
  );
  const rooms = Map.groupBy(counted, ({ path }) => dirname(path));
  return [...rooms].flatMap(([room, list]) => (list.length > LARGEST_ROOM ? `${room}: ${list.length}` : []));
}

/** Returns files of which each imports the next, and the last the first; none if there are no such files. */
function cycleIn(files: readonly SourceFile[]): readonly string[] {
  const links = new Map(
    files.map(({ path, links }) => [path, links.filter(isRelative).map((name) => resolved(path, name))]),
  );
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): readonly string[] => {
    if (way.includes(path)) return way.slice(way.indexOf(path));
    if (done.has(path)) return [];
    for (const next of links.get(path) ?? []) {
      const found = visit(next, [...way, path]);
      if (found.length > 0) return found;
    }
    done.add(path);
    return [];
  };
  for (const path of links.keys()) {
    const found = visit(path, []);
    if (found.length > 0) return found;
  }
  return [];
}

async function sourceFiles(): Promise<readonly SourceFile[]> {
  const paths = repositoryFiles().filter((path) => /\.(?:ts|tsx|mjs)$/.test(path));
  return await Promise.all(
    paths.map(async (path) => sourceFile(path, await Bun.file(join(import.meta.dir, path)).text())),
  );
}

/** What belongs to the repository: tracked, or new and not ignored; not what is deleted but not yet committed. */
function repositoryFiles(): string[] {
  const command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const { stdout } = Bun.spawnSync(command, { cwd: import.meta.dir });
  const paths = stdout
    .toString()
    .split("\0")
    .filter((path) => path !== "");
  return paths.filter((path) => Bun.file(join(import.meta.dir, path)).size > 0);
}

function sourceFile(path: string, text: string): SourceFile {
  const imports = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(?!type\b)(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/g,
  );
  const links = text.matchAll(/(?:^|\n)(?:import|export)\s[^"';]*?\bfrom\s+"([^"]+)"/g);
  return {
    path,
    text,
    imports: [...imports].map((match) => match[1] ?? match[2] ?? ""),
    links: [...links].map((match) => match[1] ?? ""),
  };
}

/** `bun run docs` writes such files, and says so in their first line. */
function isGenerated(text: string): boolean {
  return text.startsWith("// Generated");
}

function isRelative(name: string): boolean {
  return name.startsWith(".");
}

function isAdapter(name: string): boolean {
  return (
    isRelative(name) &&
    /^(?:fs|memory|object(?!_store\.ts$)|pgboss|postgres|s3|sqlite|process_pool)_/.test(basename(name))
  );
}
