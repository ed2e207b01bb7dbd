import { expect } from "bun:test";
import type { PostgresDatabase } from "./postgres_database.ts";
import type { LoggedStatement } from "../testing_statement_log.ts";

/** Returns the plan of a statement, one line per step: for its parameters, or for any. */
export async function explain(
  { orm }: PostgresDatabase,
  statement: LoggedStatement,
  plan: "custom" | "generic",
): Promise<readonly string[]> {
  const values = statement.params.map((value) =>
    typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value),
  );
  return await orm.transaction(async (transaction) => {
    const run = (text: string) => transaction.execute(text);
    await run(`SET LOCAL plan_cache_mode = force_${plan}_plan`);
    await run(`PREPARE explained AS ${statement.sql}`);
    const execute = values.length > 0 ? `explained(${values.join(", ")})` : "explained";
    const rows: readonly Record<string, string>[] = await run(`EXPLAIN EXECUTE ${execute}`);
    await run("DEALLOCATE explained");
    return rows.map((row) => row["QUERY PLAN"] ?? "");
  });
}

/** Options for {@linkcode expectIndexes}. */
export interface ExpectIndexesOptions {
  /** Steps of the plan to allow here, although they read or sort in vain elsewhere. */
  readonly except?: RegExp;
}

/** Expects each statement to read every table by an index and in the requested order, for its parameters and for any. */
export async function expectIndexes(
  database: PostgresDatabase,
  statements: readonly LoggedStatement[],
  { except }: ExpectIndexesOptions = {},
): Promise<void> {
  for (const statement of statements) {
    for (const plan of ["custom", "generic"] as const) {
      const steps = await explain(database, statement, plan);
      const text = [statement.sql, ...steps].join("\n");
      expect(text).toMatch(/Index (?:Only )?Scan/);
      // Rows that a filter removes were read in vain. Expired images are an exception.
      const others = steps.filter(
        (step) => /Sort|Seq Scan|Filter: (?!.*expires_at|\(SubPlan)/.test(step) && !except?.test(step),
      );
      expect(others.length === 0 ? "" : text).toBe("");
    }
  }
}
