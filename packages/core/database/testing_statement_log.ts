import type { Logger } from "drizzle-orm";

/** A statement that a database ran, with its parameters. */
export interface LoggedStatement {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** A logger of a database that records the statements of single calls, for a test to explain. */
export class StatementLog implements Logger {
  #statements: LoggedStatement[] | null = null;

  logQuery(sql: string, params: readonly unknown[]): void {
    this.#statements?.push({ sql, params });
  }

  /**
   * Returns the statements that a call ran, in their order.
   *
   * @param wanted The text of the statements that the test is about
   */
  async of(call: () => Promise<unknown>, wanted = /(?:)/): Promise<readonly LoggedStatement[]> {
    const statements: LoggedStatement[] = [];
    this.#statements = statements;
    await call();
    this.#statements = null;
    const found = statements.filter(({ sql }) => wanted.test(sql));
    if (found.length === 0) throw new Error(`Cannot explain ${call}: no statement matches ${wanted}`);
    return found;
  }
}
