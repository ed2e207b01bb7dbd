import { type ColumnBuilderBase, type HasDefault, type NotNull, type SQL, sql } from "drizzle-orm";
import type {
  ColumnDefinition,
  ColumnDefinitions,
  ColumnKind,
  IndexDefinition,
  TableDefinition,
} from "./table_definition.ts";

/** The functions of a dialect that return a column of each kind. */
export type ColumnTypes = Readonly<Record<ColumnKind, (name: string) => NewColumn>>;

interface NewColumn extends ColumnBuilderBase {
  notNull(): unknown;
  default(value: never): unknown;
  primaryKey(): unknown;
}

/** The columns of a table in a dialect. */
export type TableColumns<Columns extends ColumnDefinitions, Types extends ColumnTypes> = {
  [Property in keyof Columns]: Columns[Property] extends { readonly default: unknown }
    ? HasDefault<TableColumn<Columns[Property], Types>>
    : TableColumn<Columns[Property], Types>;
};

type TableColumn<
  Column extends ColumnDefinition,
  Types extends ColumnTypes,
> = Column["isNullable"] extends true
  ? ReturnType<Types[Column["kind"]]>
  : NotNull<ReturnType<Types[Column["kind"]]>>;

/** Returns the columns of a table in a dialect. A primary key of several columns is not theirs. */
export function tableColumns<Columns extends ColumnDefinitions, Types extends ColumnTypes>(
  { columns, primaryKey }: TableDefinition<Columns>,
  types: Types,
): TableColumns<Columns, Types> {
  const made = Object.entries(columns).map(([property, { kind, isNullable, default: value }]) => {
    const column = types[kind](columnName(property));
    if (!isNullable) column.notNull();
    if (value !== undefined) column.default(value as never);
    if (primaryKey.length === 1 && primaryKey[0] === property) column.primaryKey();
    return [property, column];
  });
  return Object.fromEntries(made);
}

/** Returns the condition of a partial index. It has no parameters, as statements do not match them. */
export function indexCondition(
  { column, is }: NonNullable<IndexDefinition<string>["where"]>,
  literals: { readonly true: string; readonly false: string },
): SQL {
  return sql.raw(`${columnName(column)} ${typeof is === "boolean" ? `= ${literals[`${is}`]}` : `is ${is}`}`);
}

function columnName(property: string): string {
  return property.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
