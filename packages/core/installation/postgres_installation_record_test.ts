import { describe } from "bun:test";
import { sql } from "drizzle-orm";
import { PostgresDatabase } from "../database/postgres/postgres_database.ts";
import { sharedPostgres } from "../database/postgres/testing_postgres.ts";
import { lendPostgresDatabase } from "../database/postgres/testing_postgres_database.ts";
import { PostgresImageCatalog } from "../image/catalog/postgres_image_catalog.ts";
import { installationRecordContract } from "./installation_record_contract.ts";
import { PostgresInstallationRecord } from "./postgres_installation_record.ts";

const server = await sharedPostgres();

describe.skipIf(!server)("on PostgreSQL", () => {
  if (!server) return;
  const postgres = server;

  /** Opens a separate database. */
  async function openFresh(prepare: (database: PostgresDatabase) => Promise<unknown>) {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await postgres.freshDatabase());
    const database = stack.use(new PostgresDatabase(url));
    await prepare(database);
    const kept = stack.move();
    return {
      record: new PostgresInstallationRecord(database),
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  }

  installationRecordContract(
    "PostgresInstallationRecord",
    async () => {
      const lent = await lendPostgresDatabase();
      return {
        record: new PostgresInstallationRecord(lent.database),
        catalog: new PostgresImageCatalog(lent.database),
        [Symbol.asyncDispose]: () => lent[Symbol.asyncDispose](),
      };
    },
    {
      makeEarlier: [
        () => openFresh(async () => {}),
        () =>
          openFresh(async (database) => {
            await database.migrate();
            await database.orm.execute(sql`drop table installations`);
          }),
      ],
    },
  );
});
