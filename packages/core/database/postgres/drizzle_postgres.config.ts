import { defineConfig } from "drizzle-kit";

/** Configures `bun run migration:postgres --name=…`, which turns a changed schema into a migration. */
export default defineConfig({
  dialect: "postgresql",
  schema: "./database/postgres/postgres_schema.ts",
  out: "./database/postgres/migrations",
});
