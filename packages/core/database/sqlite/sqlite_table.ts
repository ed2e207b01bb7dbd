import {
  index,
  integer,
  primaryKey,
  real,
  type SQLiteColumn,
  sqliteTable as drizzleTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { indexCondition, tableColumns } from "../table_columns.ts";
import type { ColumnDefinitions, TableDefinition } from "../table_definition.ts";

const TYPES = {
  boolean: (name: string) => integer(name, { mode: "boolean" }),
  integer: (name: string) => integer(name),
  key: (name: string) => text(name),
  large: (name: string) => integer(name),
  real: (name: string) => real(name),
  text: (name: string) => text(name),
};

const LITERALS = { true: "1", false: "0" };

/** Returns the table of a definition. */
export function sqliteTable<const Columns extends ColumnDefinitions>(definition: TableDefinition<Columns>) {
  const { name, primaryKey: keys, indexes = {} } = definition;
  return drizzleTable(name, tableColumns(definition, TYPES), (table) => {
    const columnsOf = (properties: readonly string[]) =>
      properties.map((property) => table[property]) as unknown as [SQLiteColumn, ...SQLiteColumn[]];
    const made = Object.entries(indexes).map(([name, { on, isUnique, where }]) => {
      const whole = (isUnique ? uniqueIndex(name) : index(name)).on(...columnsOf(on));
      return where ? whole.where(indexCondition(where, LITERALS)) : whole;
    });
    return keys.length > 1 ? [primaryKey({ columns: columnsOf(keys) }), ...made] : made;
  });
}
