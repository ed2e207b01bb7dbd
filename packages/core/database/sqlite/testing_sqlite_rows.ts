import { Database } from "bun:sqlite";

/** Returns all rows of all tables of the SQLite database in a file. */
export function rowsOf(path: string): unknown {
  using database = new Database(path, { readonly: true });
  const tables = database.query("select name from sqlite_master where type = 'table'").all();
  return (tables as readonly { readonly name: string }[]).map(({ name }) => [
    name,
    database.query(`select * from "${name}"`).all(),
  ]);
}
