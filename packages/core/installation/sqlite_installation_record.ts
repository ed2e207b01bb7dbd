import { asc, eq, gte, sql } from "drizzle-orm";
import type { SqliteDatabase } from "../database/sqlite/sqlite_database.ts";
import { blobs, installations } from "../database/sqlite/sqlite_schema.ts";
import type {
  Identity,
  Installation,
  InstallationChanges,
  InstallationRecord,
  SweepPause,
} from "./installation.ts";
import { installationOf, newInstallationRow, spreadBeginnings, THIS } from "./installation_row.ts";

/** The identity of an SQLite database, which may be of an earlier version. */
export class SqliteInstallationRecord implements InstallationRecord {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async read(): Promise<Installation | null> {
    if (!(await this.#hasTable("installations"))) return null;
    const row = await this.#database.run(() => this.#database.orm.select().from(installations).get());
    return row ? installationOf(row) : null;
  }

  async adopt(identity: Identity, pause: SweepPause | null = null): Promise<Installation> {
    return await this.#database.write(() => {
      const { orm } = this.#database;
      orm.insert(installations).values(newInstallationRow(identity, pause)).onConflictDoNothing().run();
      const row = orm.select().from(installations).get();
      if (!row) throw new TypeError("Cannot adopt database: it has no row for its installation");
      return installationOf(row);
    });
  }

  async raise(): Promise<Installation> {
    return await this.#database.write(() => {
      const raised = this.#database.orm
        .update(installations)
        .set({ counter: sql`${installations.counter} + 1` })
        .where(eq(installations.name, THIS))
        .returning()
        .get();
      if (!raised) throw new TypeError("Cannot raise counter: the database belongs to no installation");
      return installationOf(raised);
    });
  }

  async update(changes: InstallationChanges): Promise<void> {
    await this.#database.write(() =>
      this.#database.orm.update(installations).set(changes).where(eq(installations.name, THIS)).run(),
    );
  }

  async sampleKeys(limit: number): Promise<readonly string[]> {
    if (!(await this.#hasTable("blobs"))) return [];
    const keys = await this.#database.run(() =>
      spreadBeginnings(limit).flatMap((beginning) =>
        this.#database.orm
          .select({ key: blobs.key })
          .from(blobs)
          .where(gte(blobs.key, beginning))
          .orderBy(asc(blobs.key))
          .limit(1)
          .all(),
      ),
    );
    return [...new Set(keys.map(({ key }) => key))];
  }

  async #hasTable(name: string): Promise<boolean> {
    const found = await this.#database.run(() =>
      this.#database.orm.all(sql`select 1 from sqlite_master where type = 'table' and name = ${name}`),
    );
    return found.length > 0;
  }
}
