/** The answers of a server without the parts that differ between runs: ids, times, versions and addresses. */
export class Transcript {
  readonly #ids = new Map<string, string>();
  readonly #baseUrl: string;
  readonly #lines: string[] = [];

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
  }

  /** All recorded lines, in order. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Records an answer, and returns it. */
  note<T>(about: string, answer: T): T {
    const text = JSON.stringify(answer, (name, value: unknown) => (name === "requestId" ? undefined : value));
    this.#lines.push(this.#withoutAccident(`${about}: ${text ?? "nothing"}`));
    return answer;
  }

  /** Records the hash of bytes. */
  noteBytes(about: string, bytes: Uint8Array): Uint8Array {
    this.note(about, [bytes.length, new Bun.CryptoHasher("sha256").update(bytes).digest("hex")]);
    return bytes;
  }

  /** Replaces each id by its number in order of appearance. */
  #withoutAccident(text: string): string {
    return text
      .replaceAll(this.#baseUrl, "BASE")
      .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, (id) => {
        const known = this.#ids.get(id) ?? `ID${this.#ids.size + 1}`;
        this.#ids.set(id, known);
        return known;
      })
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
      .replaceAll(/([?&]v=)[^"&]+/g, "$1VERSION");
  }
}
