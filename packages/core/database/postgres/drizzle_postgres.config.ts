import { defineConfig } from "drizzle-kit";

/** How `bun run migration:postgres --name=…` turns a changed schema into a migration. */
export default defineConfig({
  dialect: "postgresql",
  schema: "./database/postgres/postgres_schema.ts",
  out: "./database/postgres/migrations",
});
