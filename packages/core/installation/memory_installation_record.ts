import type { MemoryTables } from "../database/memory_tables.ts";
import type {
  Identity,
  Installation,
  InstallationChanges,
  InstallationRecord,
  SweepPause,
} from "./installation.ts";
import { spreadBeginnings } from "./installation_row.ts";

/** The identity of a database in memory. */
export class MemoryInstallationRecord implements InstallationRecord {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async read(): Promise<Installation | null> {
    return this.#tables.installation;
  }

  async adopt(identity: Identity, pause: SweepPause | null = null): Promise<Installation> {
    this.#tables.installation ??= { ...identity, pause, strays: 0, scrubbedTo: "" };
    return this.#tables.installation;
  }

  async raise(): Promise<Installation> {
    const { installation } = this.#tables;
    if (!installation) throw new TypeError("Cannot raise counter: the database belongs to no installation");
    return (this.#tables.installation = { ...installation, counter: installation.counter + 1 });
  }

  async update(changes: InstallationChanges): Promise<void> {
    const { installation } = this.#tables;
    if (installation) this.#tables.installation = { ...installation, ...changes };
  }

  async sampleKeys(limit: number): Promise<readonly string[]> {
    const keys = [...this.#tables.blobs.values().map(({ key }) => key)].toSorted();
    const found = spreadBeginnings(limit).map((beginning) => keys.find((key) => key >= beginning));
    return [...new Set(found.filter((key) => key !== undefined))];
  }
}
