import { expect } from "bun:test";
import type { PostgresDatabase } from "./postgres_database.ts";

/** Options for {@linkcode expectIndexes}. */
export interface ExpectIndexesOptions {
  /** Steps of the plan to allow here, although they read or sort in vain elsewhere. */
  readonly except?: RegExp;
}

/** Expects a statement to read every table by an index and in the requested order, for these parameters and for any. */
export async function expectIndexes(
  database: PostgresDatabase,
  { sql, params }: { readonly sql: string; readonly params: readonly unknown[] },
  { except }: ExpectIndexesOptions = {},
): Promise<void> {
  for (const plan of ["custom", "generic"] as const) {
    const steps = await database.explain(sql, params as (string | number)[], plan);
    expect(steps.join("\n")).toMatch(/Index (?:Only )?Scan/);
    // Rows that a filter removes were read in vain. Expired images are an exception.
    const others = steps.filter(
      (step) => /Sort|Seq Scan|Filter: (?!.*expires_at|\(SubPlan)/.test(step) && !except?.test(step),
    );
    expect(others.length === 0 ? "" : [sql, ...steps].join("\n")).toBe("");
  }
}
