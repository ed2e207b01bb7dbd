import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  index,
  integer,
  type PgColumn,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { indexCondition, tableColumns } from "../table_columns.ts";
import type { ColumnDefinitions, TableDefinition } from "../table_definition.ts";

/** Text in byte order, as in SQLite. Pages have the same order in both, and an index finds prefixes. */
const key = customType<{ data: string }>({ dataType: () => 'text collate "C"' });

const TYPES = {
  boolean: (name: string) => boolean(name),
  integer: (name: string) => integer(name),
  key: (name: string) => key(name),
  large: (name: string) => bigint(name, { mode: "number" }),
  real: (name: string) => doublePrecision(name),
  text: (name: string) => text(name),
};

const LITERALS = { true: "true", false: "false" };

/** Returns the table of a definition. */
export function postgresTable<const Columns extends ColumnDefinitions>(definition: TableDefinition<Columns>) {
  const { name, primaryKey: keys, indexes = {} } = definition;
  return pgTable(name, tableColumns(definition, TYPES), (table) => {
    const columnsOf = (properties: readonly string[]) =>
      properties.map((property) => table[property]) as unknown as [PgColumn, ...PgColumn[]];
    const made = Object.entries(indexes).map(([name, { on, isUnique, where }]) => {
      const whole = (isUnique ? uniqueIndex(name) : index(name)).on(...columnsOf(on));
      return where ? whole.where(indexCondition(where, LITERALS)) : whole;
    });
    return keys.length > 1 ? [primaryKey({ columns: columnsOf(keys) }), ...made] : made;
  });
}
