import { defineConfig } from "drizzle-kit";

/** Configures `bun run migration:sqlite --name=…`, which turns a changed schema into a migration. */
export default defineConfig({
  dialect: "sqlite",
  schema: "./database/sqlite/sqlite_schema.ts",
  out: "./database/sqlite/migrations",
});
