/** The kind of a column's values. Each dialect has a type for it. */
export type ColumnKind =
  | "boolean"
  | "integer"
  /** Text that is compared by its bytes, and found by its beginning. */
  | "key"
  /** An integer beyond 32 bits: a time in milliseconds since 1970, or a number of bytes. */
  | "large"
  | "real"
  | "text";

/** The definition of a column. */
export interface ColumnDefinition {
  readonly kind: ColumnKind;
  readonly isNullable: boolean;
  readonly default?: boolean | number | string;
}

/** The columns of a table, by the properties of its rows. */
export type ColumnDefinitions = Readonly<Record<string, ColumnDefinition>>;

/** The definition of a table that both dialects have. */
export interface TableDefinition<Columns extends ColumnDefinitions> {
  readonly name: string;
  readonly columns: Columns;
  readonly primaryKey: readonly (keyof Columns & string)[];
  readonly indexes?: Readonly<Record<string, IndexDefinition<keyof Columns & string>>>;
}

/** The definition of an index. */
export interface IndexDefinition<Property extends string> {
  readonly on: readonly Property[];
  readonly isUnique?: boolean;
  /** The rows that the index has. @default all */
  readonly where?: { readonly column: Property; readonly is: boolean | "not null" | "null" };
}

export const BOOLEAN = { kind: "boolean", isNullable: false } as const;
export const INTEGER = { kind: "integer", isNullable: false } as const;
export const KEY = { kind: "key", isNullable: false } as const;
export const LARGE = { kind: "large", isNullable: false } as const;
export const REAL = { kind: "real", isNullable: false } as const;
export const TEXT = { kind: "text", isNullable: false } as const;

/** Returns a column that may be null. */
export function nullable<Kind extends ColumnKind>({ kind }: { readonly kind: Kind }) {
  return { kind, isNullable: true } as const;
}

/** Returns a column that a row need not give. */
export function withDefault<Kind extends ColumnKind, Value extends boolean | number | string>(
  { kind }: { readonly kind: Kind },
  value: Value,
) {
  return { kind, isNullable: false, default: value } as const;
}

/** Checks the names in a definition, and returns it. */
export function defineTable<const Columns extends ColumnDefinitions>(
  definition: TableDefinition<Columns>,
): TableDefinition<Columns> {
  return definition;
}
