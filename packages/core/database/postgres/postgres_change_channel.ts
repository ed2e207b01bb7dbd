import type { SQL } from "bun";
import { openPostgres } from "./postgres_pool.ts";

/** Hears the changes by other machines. */
export interface ChangeHearer {
  /** Called with the images that others have changed. */
  readonly onChange: (ids: readonly string[] | "all") => void;
  /** Called after a lost connection: any change may have been missed. */
  readonly onGap: () => void;
}

/** Options for {@linkcode PostgresChangeChannel}. */
export interface PostgresChangeChannelOptions {
  /** The application name that Postgres shows for the connections. */
  readonly application?: string;
}

const CHANNEL = "progimage_changes";

/** The application name of the connections, by default. */
const APPLICATION = "progimage changes";

/** Ids in a message: Postgres takes messages of less than 8,000 bytes. */
const MOST_IDS = 200;

/** Waiting ids that are told as a change of all images, as they would take many messages. */
const MOST_WAITING = 2_000;

/** The time until the next attempt to listen for the first time, in milliseconds. */
const RETRY_MILLISECONDS = 5_000;

/**
 * Tells processes on other machines at once which images have changed, by `NOTIFY` on connections of its own. A message may be lost: the
 * others then know the change when they read the image again.
 */
export class PostgresChangeChannel implements AsyncDisposable {
  readonly #sql: SQL;
  /** Identifies own messages, which come back too. */
  readonly #sender = crypto.randomUUID().slice(0, 8);
  readonly #waiting = new Set<string>();
  #areAllWaiting = false;
  #isSending = false;
  #isClosed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, { application = APPLICATION }: PostgresChangeChannelOptions = {}) {
    this.#sql = openPostgres(url, { max: 1, idleTimeout: 0, connection: { application_name: application } });
  }

  /** Begins to listen. Resolves once the first attempt has succeeded or failed; a failed one is repeated. */
  async listen(hearer: ChangeHearer): Promise<void> {
    let hasListened = false;
    const onListen = () => {
      if (hasListened) hearer.onGap();
      hasListened = true;
    };
    try {
      await this.#sql.listen(CHANNEL, (message) => this.#hear(message, hearer), onListen);
    } catch {
      // The database is away.
      if (this.#isClosed) return;
      this.#retry = setTimeout(() => void this.listen(hearer), RETRY_MILLISECONDS);
      this.#retry.unref();
    }
  }

  /** Tells the others that images have changed. Never waits; changes during a message are told together in the next. */
  announce(ids: readonly string[] | "all"): void {
    if (ids === "all" || this.#waiting.size + ids.length > MOST_WAITING) this.#areAllWaiting = true;
    else if (!this.#areAllWaiting) for (const id of ids) this.#waiting.add(id);
    if (!this.#isSending) void this.#send();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    await this.#sql.close({ timeout: 1 });
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    while (!this.#isClosed && (this.#areAllWaiting || this.#waiting.size > 0)) {
      const message = `${this.#sender} ${this.#takeMessage()}`;
      await this.#sql`select pg_notify(${CHANNEL}, ${message})`.catch(() => {}); // the database is away
    }
    this.#isSending = false;
  }

  #takeMessage(): string {
    const ids = this.#areAllWaiting ? [...this.#waiting] : [...this.#waiting].slice(0, MOST_IDS);
    for (const id of ids) this.#waiting.delete(id);
    if (!this.#areAllWaiting) return ids.join(",");
    this.#areAllWaiting = false;
    return "all";
  }

  #hear(message: string, { onChange }: ChangeHearer): void {
    const [sender, ids = ""] = message.split(" ");
    if (sender === this.#sender) return;
    onChange(ids === "all" ? "all" : ids.split(","));
  }
}
