import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { getTableConfig } from "drizzle-orm/pg-core";
import { type CopiedRow, type CopiedTable, keyOf } from "./copied_tables.ts";
import type { PostgresTransaction } from "./postgres/postgres_database.ts";

/** A part of a table: exactly the rows between two keys. */
export interface CopiedPage {
  readonly rows: readonly CopiedRow[];
  /** The last row before this page; none on the first page. */
  readonly after?: CopiedRow;
  readonly isLast: boolean;
}

/** Makes a part of a Postgres table equal to the source. Adds, changes and removes rows, and leaves equal rows alone. */
export async function writeCopies(
  transaction: PostgresTransaction,
  table: CopiedTable,
  page: CopiedPage,
): Promise<void> {
  const names = partsOf(table);
  await transaction.execute(removal(table, names, page));
  if (page.rows.length > 0) await transaction.execute(upsert(names, table, page.rows));
}

/** Removes rows whose unique value now belongs to another row. Those that are still needed are copied again later. */
export async function evictRivals(
  transaction: PostgresTransaction,
  table: CopiedTable,
  rows: readonly CopiedRow[],
): Promise<void> {
  const { key } = partsOf(table);
  for (const { config } of getTableConfig(table.postgres).indexes.filter((index) => index.config.unique)) {
    const columns = config.columns.map((column) =>
      sql.identifier("name" in column ? String(column.name) : ""),
    );
    await transaction.execute(sql`
      delete from ${table.postgres} as old using ${recordsOf(table, rows)} as new
      where (${of("old", columns)}) = (${of("new", columns)}) and (${of("old", key)}) <> (${of("new", key)})`);
  }
}

interface Parts {
  readonly key: readonly Name[];
  readonly others: readonly Name[];
}

type Name = ReturnType<typeof sql.identifier>;

function partsOf({ postgres, key }: CopiedTable): Parts {
  const columns = Object.entries(getTableColumns(postgres));
  const nameOf = ([, column]: (typeof columns)[number]) => sql.identifier(column.name);
  return {
    key: key.flatMap((name) => columns.filter(([property]) => property === name)).map(nameOf),
    others: columns.filter(([property]) => !key.includes(property)).map(nameOf),
  };
}

function upsert({ key, others }: Parts, table: CopiedTable, rows: readonly CopiedRow[]): SQL {
  const all = list([...key, ...others]);
  const changes = list(others.map((name) => sql`${name} = excluded.${name}`));
  const differs = sql`(${of("old", others)}) is distinct from (${of("excluded", others)})`;
  return sql`
    insert into ${table.postgres} as old (${all}) select ${all} from ${recordsOf(table, rows)}
    on conflict (${list(key)}) do ${others.length === 0 ? sql`nothing` : sql`update set ${changes} where ${differs}`}`;
}

function removal(table: CopiedTable, { key }: Parts, { rows, after, isLast }: CopiedPage): SQL {
  const last = rows.at(-1);
  const place = (row: CopiedRow) => list(keyOf(table, row).map((value) => sql`${value}`));
  const bounds = [
    after && sql`(${list(key)}) > (${place(after)})`,
    isLast || !last ? undefined : sql`(${list(key)}) <= (${place(last)})`,
    sql`not exists (select from ${recordsOf(table, rows)} as new where (${of("new", key)}) = (${of("old", key)}))`,
  ];
  const conditions = bounds.filter((bound) => bound !== undefined);
  return sql`delete from ${table.postgres} as old where ${sql.join(conditions, sql` and `)}`;
}

/** Returns rows as a table. They are one text, because they may have more values than a statement may have parameters. */
function recordsOf({ postgres }: CopiedTable, rows: readonly CopiedRow[]): SQL {
  const columns = Object.entries(getTableColumns(postgres));
  const records = rows.map((row) =>
    Object.fromEntries(columns.map(([property, { name }]) => [name, row[property]])),
  );
  return sql`json_populate_recordset(null::${postgres}, ${JSON.stringify(records)}::text::json)`;
}

function of(alias: string, names: readonly Name[]): SQL {
  return list(names.map((name) => sql`${sql.identifier(alias)}.${name}`));
}

function list(parts: readonly (SQL | Name)[]): SQL {
  return sql.join(
    parts.map((part) => sql`${part}`),
    sql`, `,
  );
}
