import { Database } from "bun:sqlite";
import { join } from "node:path";
import { SqliteDatabase } from "@progimage/core/adapters";
import type { Probe } from "@progimage/core";

/** The data of an image in a bare loop. */
export interface BareRow {
  readonly id: string;
  readonly probe: Probe;
  readonly bytes: number;
  readonly sha256: string;
}

/** Rows with the columns and indexes of our own, written by one prepared statement without any other work. */
export class SqliteBareRows {
  readonly #connection: Database;
  readonly #insert;

  constructor(folder: string) {
    const path = join(folder, "bare.sqlite");
    using ours = new SqliteDatabase(path);
    ours.migrate();
    this.#connection = new Database(path);
    this.#connection.run("PRAGMA journal_mode = WAL");
    this.#connection.run("PRAGMA synchronous = FULL");
    this.#insert = this.#connection.query(
      `INSERT INTO images (id, owner, name, format, bytes, width, height, pages, has_alpha, orientation, color_space,
        has_profile, depth, sha256, dominant_color, placeholder, tags, metadata, revision, generation, created_at, updated_at)
      VALUES (?1, '', '', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, '[]', '{}', 1, 0, ?15, ?15)`,
    );
  }

  /** Writes one row and waits until it is durable. */
  add({ id, probe, bytes, sha256 }: BareRow): void {
    const { format, width, height, pages, hasAlpha, orientation, colorSpace, hasProfile, depth } = probe;
    const shape = [format, bytes, width, height, pages, hasAlpha, orientation, colorSpace] as const;
    const rest = [hasProfile, depth, sha256, probe.dominantColor, probe.thumbhash, Date.now()] as const;
    this.#insert.run(id, ...shape, ...rest);
  }

  /** Writes rows in one transaction. */
  addAll(rows: readonly BareRow[]): void {
    this.#connection.transaction(() => rows.forEach((row) => this.add(row)))();
  }
}
