import { asc, eq, gte, sql } from "drizzle-orm";
import type { PostgresDatabase } from "../database/postgres/postgres_database.ts";
import { blobs, installations } from "../database/postgres/postgres_schema.ts";
import type {
  Identity,
  Installation,
  InstallationChanges,
  InstallationRecord,
  SweepPause,
} from "./installation.ts";
import { installationOf, newInstallationRow, spreadBeginnings, THIS } from "./installation_row.ts";

/** The identity of a Postgres database, which may be of an earlier version. */
export class PostgresInstallationRecord implements InstallationRecord {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async read(): Promise<Installation | null> {
    if (!(await this.#hasTable("installations"))) return null;
    const [row] = await this.#database.read(() => this.#database.orm.select().from(installations));
    return row ? installationOf(row) : null;
  }

  async adopt(identity: Identity, pause: SweepPause | null = null): Promise<Installation> {
    return await this.#database.transaction(async (transaction) => {
      await transaction
        .insert(installations)
        .values(newInstallationRow(identity, pause))
        .onConflictDoNothing();
      const [row] = await transaction.select().from(installations);
      if (!row) throw new TypeError("Cannot adopt database: it has no row for its installation");
      return installationOf(row);
    });
  }

  async raise(): Promise<Installation> {
    const [raised] = await this.#database.write(() =>
      this.#database.orm
        .update(installations)
        .set({ counter: sql`${installations.counter} + 1` })
        .where(eq(installations.name, THIS))
        .returning(),
    );
    if (!raised) throw new TypeError("Cannot raise counter: the database belongs to no installation");
    return installationOf(raised);
  }

  async update(changes: InstallationChanges): Promise<void> {
    await this.#database.write(() =>
      this.#database.orm.update(installations).set(changes).where(eq(installations.name, THIS)),
    );
  }

  async sampleKeys(limit: number): Promise<readonly string[]> {
    if (!(await this.#hasTable("blobs"))) return [];
    const keys = new Set<string>();
    for (const beginning of spreadBeginnings(limit)) {
      const [row] = await this.#database.read(() =>
        this.#database.orm
          .select({ key: blobs.key })
          .from(blobs)
          .where(gte(blobs.key, beginning))
          .orderBy(asc(blobs.key))
          .limit(1),
      );
      if (row) keys.add(row.key);
    }
    return [...keys];
  }

  async #hasTable(name: string): Promise<boolean> {
    const [row] = await this.#database.read(() =>
      this.#database.orm.execute(sql`select to_regclass(${name}) is not null as found`),
    );
    return (row as { readonly found?: boolean } | undefined)?.found ?? false;
  }
}
